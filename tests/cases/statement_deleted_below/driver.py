def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert not hasattr(m, "tmp"), "an unchanged `del` below the changed statement takes the name away again"
    assert m.value in (6, 8)
    assert m.value == 8 or report.verdict == "caveat"
