def setup():
    import m
    import user

    savings = user.Plan(5)
    return m.Account, user.Plan, savings, savings.deposit


setup_fresh = setup


def check(state, report):
    import m

    account, plan, savings, deposit = state
    assert m.Account is account and m.Savings is plan and type(savings) is plan
    assert deposit(10) == 14 and savings.rich, "living instance of a subclass"
    assert plan.empty().balance == 0
    assert not hasattr(savings, "audit")
