def setup():
    import m

    return m.run, m.add


setup_fresh = setup


def check(state, report):
    import m

    run, add = state
    assert run("-", 1, 5) == 4 and m.OPS["+"] is add
