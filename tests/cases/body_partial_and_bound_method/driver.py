from functools import partial


def setup():
    import m

    return {"module": m, "gross": m.gross, "mine": partial(m.price, 10), "total": m.Till().total, "f": m.price}


setup_fresh = setup


def check(state, report):
    m = state["module"]
    assert m.price is state["f"], "the function is another object"
    assert m.gross is state["gross"], "the partial was built again"
    assert state["gross"](100) == 119.5, "module-level partial"
    assert state["mine"](2) == 20.5, "partial held elsewhere"
    assert state["total"]([1, 2]) == 6, "bound method held elsewhere"
