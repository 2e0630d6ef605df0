"""A set that is filled in branches and frozen at the end: all of it again, in order."""


def setup():
    import m

    return m


def check(m, report):
    assert {name for name in ("a", "b", "c", "d", "never") if m.excluded(name)} == {"a", "b", "c", "d"}
    assert type(m.EXCLUDED) is frozenset and m.COUNT == 4
