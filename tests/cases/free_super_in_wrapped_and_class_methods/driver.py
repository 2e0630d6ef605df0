def setup():
    import m

    child = m.Child()
    return {"child": child, "make": m.Child.make, "name": child.name}


setup_fresh = setup


def check(state, report):
    assert state["make"]() == "base+", "held class method"
    assert state["name"]() == ["traced", "base+"], "held bound method under a wrapper"
    assert state["child"].tag == "base+", "property"
