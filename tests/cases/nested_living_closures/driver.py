def setup():
    import m

    return m.account(100), m.account(0)


setup_fresh = setup


def check(state, report):
    (deposit, withdraw), (other, _) = state
    assert deposit(10) == 110
    assert withdraw(10) == 99, "living closure"
    assert deposit(1) == 100, "both still share one cell"
    assert other(5) == 5
