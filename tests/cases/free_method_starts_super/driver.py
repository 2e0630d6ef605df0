def setup():
    import m

    child = m.Child()
    return {"child": child, "bound": child.describe, "plain": m.Child.describe}


setup_fresh = setup


def check(state, report):
    import m

    assert m.Child().describe() == "base>child", "new instance"
    assert state["child"].describe() == "base>child", "living instance"
    assert state["bound"]() == "base>child", "bound method held"
    assert m.Child.__dict__["describe"] is state["plain"], "function identity"
