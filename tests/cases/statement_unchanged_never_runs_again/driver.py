def setup():
    import log
    import m

    m.CACHE["later"] = 1
    m._counter = 77
    return {name: value for name, value in vars(m).items() if not name.startswith("__")}, list(log.EVENTS)


def check(state, report):
    import log
    import m

    held, events = state
    assert m.work() == -3
    assert log.EVENTS == events, "an unchanged statement ran again"
    for name, value in held.items():
        assert getattr(m, name) is value, f"{name} is another object"
