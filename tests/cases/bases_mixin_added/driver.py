def setup():
    import m

    return m.Dog, m.Dog("rex")


setup_fresh = setup


def check(state, report):
    import m

    cls, rex = state
    assert rex.shout() == "ROOT" and rex.name == "rex", "living instance"
    assert m.Dog.__mro__[1:3] == (m.Loud, m.Root)
    assert isinstance(rex, m.Dog) and m.Dog("b").shout() == "ROOT"
