def setup():
    import m

    return m.Outer.Inner().run


setup_fresh = setup


def check(run, report):
    made = run()
    assert made() == 2
    assert made.__qualname__ == "Outer.Inner.run.<locals>.<lambda>", made.__qualname__
    assert run.__qualname__ == "Outer.Inner.run" and run.__module__ == "m"
