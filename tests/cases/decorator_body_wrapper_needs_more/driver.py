def setup():
    from m import run

    return run


def check(run, report):
    import deco

    assert deco.named("new")(lambda: 2)() == ("new", 2)
    if report.verdict == "live":
        assert run() == ("first", 1), "the wrapper does not know its label and the report is silent"
    else:
        assert run() in (1, ("first", 1)), "the wrapper made earlier must not break"
