def setup():
    import m

    return m.Cart()


setup_fresh = setup


def check(cart, report):
    assert not hasattr(cart, "add_item")
    assert cart.fill() == ("x", 1) == cart.put("x", 1)
    assert cart.put.__name__ == "put"
