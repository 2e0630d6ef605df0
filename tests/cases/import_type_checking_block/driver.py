def setup():
    from m import pay

    return pay


setup_fresh = setup


def check(pay, report):
    import m

    assert pay(1) == [1] and pay.__annotations__ == {"amount": "Thing"}
    assert not hasattr(m, "Decimal") and not hasattr(m, "Thing")
