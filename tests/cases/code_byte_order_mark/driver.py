def setup():
    from m import a

    return a


setup_fresh = setup


def check(a, report):
    assert a() == "\u00f6"
    assert code_differences(a, "m.py") == []


def check_2(a, report):
    assert a() == "\u00fc", "and without it again"
