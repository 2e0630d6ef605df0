def setup():
    import m

    return m


def check(m, report):
    assert m.COUNT in (2, 3)
    assert m.NAMES == ["plain", "more"] or any("NAMES" in reason.message for reason in report.reasons)
