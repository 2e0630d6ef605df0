def setup():
    from m import a

    return a


setup_fresh = setup


def check(a, report):
    import m

    assert a("q").startswith("'q'|qx='q'") and "not_a_definition" in a("q")
    assert not hasattr(m, "not_a_definition"), "text in a string is no definition"
    assert code_differences(a, "m.py") == []
