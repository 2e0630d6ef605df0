def setup():
    import m

    return m.make(first=1)


def check(old, report):
    import m

    made = m.make(first=1, warn=2)
    assert made.warn == 2, "new instances are made by the new __init__"
    assert made.first() == (1, 2)
    assert old.opts == {"first": 1}, "the living instance must not break"
