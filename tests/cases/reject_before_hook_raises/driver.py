import sys


def setup():
    import m

    state = {"m": m, "x": m.X, "told": []}

    def before(modules):
        state["told"].append(modules)
        if len(state["told"]) == 1:
            raise PermissionError("not now")

    if "reloadr" in sys.modules:
        sys.modules["reloadr"].on_reload(before=before)
    return state


def check(state, report):
    m = state["m"]
    assert m.f() == 1 and m.X is state["x"], "the hook refused the batch"


def check_2(state, report):
    m = state["m"]
    assert m.f() == 3 and m.X == [2]
    assert state["told"] == [{"m"}, {"m"}], state["told"]
