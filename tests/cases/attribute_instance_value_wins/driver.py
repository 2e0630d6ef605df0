def setup():
    import m

    fast, plain = m.Robot(), m.Robot()
    fast.speed = 100
    return fast, plain


setup_fresh = setup


def check(state, report):
    fast, plain = state
    assert plain.go() == 5 and fast.go() == 100
