def setup():
    import m

    return m


def check(m, report):
    assert m.f() == 1 and not hasattr(m, "g")
    if report is None:
        return
    try:
        compile((ROOT / "m.py").read_text(), "m.py", "exec")
    except SyntaxError as error:
        real = error
    (reason,) = report.reasons
    assert reason.line == real.lineno, (reason.line, real.lineno)
    assert real.msg in reason.message, reason.message
    assert reason.path.endswith("m.py")
