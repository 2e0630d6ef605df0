def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.pair.__wrapped__.__annotations__ == {"left": int, "right": int, "return": tuple}
    assert m.single.__wrapped__.__annotations__ == {"left": float}
    assert m.pair(1, 2) == (1, 2)
