def setup():
    from m import encode

    return encode


setup_fresh = setup


def check(encode, report):
    assert encode("aab") == ('{"a": 2, "b": 1}', "b", [1])
