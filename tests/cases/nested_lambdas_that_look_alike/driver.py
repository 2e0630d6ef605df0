def setup():
    from m import handlers

    return handlers, handlers()


def check(state, report):
    handlers, (first, second) = state
    assert [f(0) for f in handlers()] == [1, 2]
    assert first(0) == 1, "the first was not edited"
    if report.verdict == "live":
        assert second(0) == 2, "a living lambda on old code and the report is silent"
