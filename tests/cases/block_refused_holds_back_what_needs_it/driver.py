"""A class that its block deletes again cannot be found: what needs it waits whole, the rest is applied."""


def setup():
    import m

    return m


def check(m, report):
    assert m.g() == "new"
    if report is None:
        return
    assert repr(m.f()) == "No" and m.f.__doc__ == "Old.", m.f()
    assert not hasattr(m, "More") and not hasattr(m, "Single")
