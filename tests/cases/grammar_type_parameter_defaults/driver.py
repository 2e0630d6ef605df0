def setup():
    import m

    return m.Box(), m.pick


setup_fresh = setup


def check(state, report):
    import m

    box, pick = state
    assert box.get(1) == [1] and pick(2) == (2,) and m.pick is pick
    assert code_differences(pick, "m.py") == []
