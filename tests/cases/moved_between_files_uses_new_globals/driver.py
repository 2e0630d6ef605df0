def setup():
    import new
    import old

    return old, new


setup_fresh = setup


def check(state, report):
    old, new = state
    assert new.cap(7) == 7, "the function reads the globals of the file it is in now"
    assert not hasattr(old, "cap") and old.other() == 1
