def setup():
    import shop
    import tax

    return {"shop": shop, "vat": tax.vat, "rules": shop.RULES, "key": {tax.vat: "by function"}}


setup_fresh = setup


def check(state, report):
    import tax

    shop = state["shop"]
    assert shop.tax_of(100) == 20, "imported under another name"
    assert shop.RULES is state["rules"] and shop.RULES["vat"](100) == 20, "held in a dict"
    assert shop.STEPS[0](100) == 20, "held in a list"
    assert shop.bill(100) == 120, "held as a default"
    assert state["key"][tax.vat] == "by function", "key of a dict"
