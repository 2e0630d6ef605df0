def setup():
    import m

    return m.Order()


setup_fresh = setup


def check(order, report):
    assert type(order).copy.__annotations__ == {"times": "int", "return": "Order"}
    assert order.join(1) == 1
