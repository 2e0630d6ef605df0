def setup():
    import behind
    import front

    return behind, front


setup_fresh = setup


def check(state, report):
    behind, front = state
    assert front.answer() == behind.answer() == 2
    assert front.__doc__ == "The front, which shows what is behind it.", "the front is not the file it names"
    assert front.sys
