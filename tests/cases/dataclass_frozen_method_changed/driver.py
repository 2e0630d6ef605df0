def setup():
    import m

    return m.Money, m.Money(150), {m.Money(150): "x"}


setup_fresh = setup


def check(state, report):
    import m

    cls, money, table = state
    assert m.Money is cls and money.euros() == 1.5
    assert cls.of(0.5) == cls(50)
    assert table[money] == "x", "hash and equality as before"
