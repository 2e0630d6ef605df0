def setup():
    import deco
    import m

    return deco, m.a


setup_fresh = setup


def check(state, report):
    deco, a = state
    assert deco.HOOKS == [a], "what it did before is not repeated"
    deco.hook(b := (lambda: "b"))
    assert deco.HOOKS == [b, a], "what it does from now on is new"
