def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.both("a") == ("'a'", "'a'"), "the handler ran"
    assert not hasattr(m, "Encoder")


def check_2(m, report):
    import json

    assert m.encode is json.dumps, "the suite ran to its end"
    assert m.both("a") == ('"a"', '"a"')
    assert hasattr(m, "Encoder")
