"""Run-time state in a container whose assignment changed is not carried over, and that is said; only where there was
any."""


def setup():
    import m

    assert (m.look("a"), m.look("b")) == ("A", "B")
    return m


def setup_fresh():
    import m

    return m


def check(m, report):
    assert m.PLAIN == ["x"] and m.FILLED == {"x": 1, "b": 2} and m.look("y") == "why" and m.TWICE == [3, 4]
    assert report is None or [reason.qualname for reason in report.reasons] == ["CACHE"], report
