def setup():
    import m

    return m.Door(), m.Closes


setup_fresh = setup


def check(state, report):
    import m

    door, closes = state
    if report and report.verdict == "restart":
        return
    assert not isinstance(door, m.Closes), "the protocol asks for lock() now"
    if report and report.verdict == "live":
        assert not isinstance(door, closes)
