def setup():
    import m

    table = m.Table()
    return {"rate": m.rate, "first": (m.rate("de"), table.row(1)), "kept": m.other("x"), "table": table}


setup_fresh = setup


def check(state, report):
    import m

    assert m.rate is state["rate"]
    assert m.rate("de") == 20, "a cached result of the old source"
    assert m.rate.cache_parameters()["maxsize"] == 8
    assert state["table"].row(1) == 2, "a cached result of a method"
    assert m.other("x") is state["kept"], "the cache of an unchanged function is state"
