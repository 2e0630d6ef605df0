def setup():
    from m import target

    return target


setup_fresh = setup


def check(target, report):
    import m

    assert m.target is target and target.__name__ == "print", "what wraps() wrote is kept"
    assert target.__code__.co_firstlineno == line_of("m.py", "@plain")
    assert code_differences(target, "m.py") == []
