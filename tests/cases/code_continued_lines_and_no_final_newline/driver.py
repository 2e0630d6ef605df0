def setup():
    from m import a

    return a


setup_fresh = setup


def check(a, report):
    assert a(3) == 2
    assert code_differences(a, "m.py") == []
