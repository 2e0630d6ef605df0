"""What fills a list or a dict below its assignment runs again on the new one; other effects do not."""


def setup():
    import m

    return m, m.handler


def setup_fresh():
    import m

    return m, m.handler


def check(state, report):
    m, handler = state
    assert m.names() == (["root", "more", "three", "at_x", "at_y"], "kept"), m.names()
    assert m.handlers() == {"a": handler, "b": 2}
    assert len(m.made) == 1
