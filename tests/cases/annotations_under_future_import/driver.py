def setup():
    import m

    return m.Order.add


setup_fresh = setup


def check(add, report):
    assert add.__annotations__ == {"item": "Item | None", "count": "Missing", "return": "None"}
    assert add.__code__.co_flags & 0x1000000, "the future flag of the module stays on"
