def setup():
    import m

    return m.alpha, m.Box, m.Box.one, m.omega


setup_fresh = setup


def check(state, report):
    import m

    assert (m.alpha, m.Box, m.Box.one, m.omega) == state, "identity kept"
    for function in (m.alpha, m.omega, m.Box.one, m.Box.two):
        assert code_differences(function, "m.py") == []
