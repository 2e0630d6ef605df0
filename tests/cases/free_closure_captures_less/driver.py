def setup():
    from m import formatter

    return formatter("<", ">"), formatter


setup_fresh = setup


def check(state, report):
    fmt, formatter = state
    assert fmt("x") == "<x"
    assert fmt.__code__.co_freevars == ("prefix",) and len(fmt.__closure__) == 1
    assert formatter("[", "]")("x") == "[x"
