def setup():
    import m

    return m.Command.known, m.Build


setup_fresh = setup


def check(state, report):
    import m

    known, build = state
    assert m.Command.known is known and known["build"] is build is m.Build
    assert [cls().run() for cls in known.values()] == ["build all", "clean"]
