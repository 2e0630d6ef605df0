def setup():
    import m

    m.Settings.hosts.append("b")
    return m.Settings, m.Settings(), m.Settings.hosts


def check(state, report):
    import m

    cls, living, hosts = state
    assert m.Settings is cls and cls.debug is True and living.debug is True
    assert cls.hosts is hosts == ["a", "b"]
    assert cls.limit == 30, "evaluated in the class namespace"
    assert cls.extra == ["A", "B"] and living.extra == ["A", "B"]
    assert not hasattr(living, "legacy")
    assert cls.kind == "x"
    assert cls.__annotations__ == {"kind": str}
