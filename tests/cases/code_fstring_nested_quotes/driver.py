def setup():
    from m import a

    return a


setup_fresh = setup


def check(a, report):
    assert a({"k": "v"}) == "v   a\nv"
    assert code_differences(a, "m.py") == []
