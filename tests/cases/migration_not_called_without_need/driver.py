def setup():
    import m

    calls = []
    migrate(m.Plain, lambda *args: calls.append(args))
    return m.Plain(), calls


setup_fresh = setup


def check(state, report):
    plain, calls = state
    assert plain.show() == "new" and calls == [], "a method changed: no instance lacks anything"
