def setup():
    from m import encode

    return encode


setup_fresh = setup


def check(encode, report):
    import m

    assert m.dumps is None and m.encode is encode
    assert encode([1]) == "slow:[1]"
