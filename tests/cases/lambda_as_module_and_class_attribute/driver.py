def setup():
    import m
    import user

    return user, m.Op(), m.TABLE


setup_fresh = setup


def check(state, report):
    import m

    user, op, table = state
    assert m.half(3) == 1 and user.half(3) == 1, "importer of a lambda"
    assert m.TABLE["neg"](1) == -2 and m.TABLE["same"](1) == 1
    assert op.apply(1) == 11 and op.order(1, 2) == 1, "lambdas as class attributes"
