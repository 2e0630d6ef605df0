def setup():
    import m

    return m.LOG


def check(log, report):
    assert log == ["tick", "tick", "tock", "tick"], f"exactly one new line runs, once: {log}"
