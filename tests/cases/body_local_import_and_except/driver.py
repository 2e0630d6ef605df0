def setup():
    from m import load

    return load


setup_fresh = setup


def check(load, report):
    assert list(load('{"a": 1}')) == ["a"]
    assert load("?") == "bad at 0"
