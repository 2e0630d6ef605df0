def setup():
    import m

    return m._, m.Case()


setup_fresh = setup


def check(state, report):
    function, case = state
    assert function(1) == (2, 1) and case.type(5) == (2, 5)
    assert code_differences(function, "m.py") == []
