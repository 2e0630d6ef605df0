def setup():
    import m

    m.Shop().add("x")
    return m, {k: v for k, v in vars(m).items() if not k.startswith("__")}, m.Shop.items


def check(state, report):
    m, before, items = state
    after = {k: v for k, v in vars(m).items() if not k.startswith("__")}
    assert after.keys() == before.keys()
    assert all(after[k] is before[k] for k in before), "something ran again"
    assert m.LOG == ["ran"] and m.Shop.items is items == [("x", 1)]
    for function in (m.Shop.add, m.total):
        assert code_differences(function, "m.py") == [], "only line numbers follow"
