def setup():
    import m

    return m.Size()


setup_fresh = setup


def check(size, report):
    import m

    if report and report.verdict == "restart":
        return
    assert m.Size.w == 1
    try:
        m.Size(5)
    except TypeError:
        pass
    else:
        raise AssertionError("a plain class takes no arguments")
    assert not hasattr(m.Size, "__dataclass_fields__")
    assert isinstance(size, m.Size)
