def setup():
    import new
    import old
    import user

    return old.compute


def check(compute, report):
    import new
    import old
    import user

    assert new.compute is compute is old.compute is user.compute, "identity kept"
    assert compute([1, 2]) == 3 and user.run() == 3 and old.stay() == 1
    assert compute.__module__ == "new"
    assert compute.__code__.co_filename == new.__file__
    assert compute.__code__.co_firstlineno == line_of("new.py", "def compute")
