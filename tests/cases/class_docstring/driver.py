def setup():
    from m import Cart

    return Cart


setup_fresh = setup


def check(cart, report):
    import m

    assert m.Cart is cart
    assert cart.__doc__ == "Holds items and prices."
