import weakref


def setup():
    import m

    return m.Child()


setup_fresh = setup


def check(thing, report):
    import m

    assert m.Child.__bases__ == (object,)
    assert not hasattr(thing, "who")
    assert vars(thing) == {"x": 1}, "an instance keeps its __dict__, which the base gave it"
    assert vars(m.Child()) == {"x": 1}
    assert isinstance(thing, m.Child) and weakref.ref(thing)() is thing
