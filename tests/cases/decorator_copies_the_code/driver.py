def setup():
    import m

    return m.step, m.plain


async def awaits(step):
    await step()


def shown(step):
    return awaits(step).send(None)


def check(state, report):
    import m

    step, plain = state
    assert step is m.step and plain is m.plain
    assert shown(step) == "new" and plain() == "new"
    assert plain.__code__.co_name == "named"
    assert plain.__code__.co_firstlineno == line_of("m.py", "@named")  # noqa: F821


def check_2(state, report):
    step, plain = state
    assert shown(step) == "newer" and plain() == "newer"
