def setup():
    import bus
    import m

    return bus, m.handler


def check(state, report):
    import m

    bus, handler = state
    assert bus.SUBSCRIBED == [handler] and m.handler is handler
