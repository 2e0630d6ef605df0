def snapshot(m):
    f, show = m.helper, m.Thing.__dict__["show"]
    return {
        "names": dict(vars(m)),
        "class": {k: v for k, v in vars(m.Thing).items() if k != "__weakref__"},
        "bases": m.Thing.__bases__,
        "code": (f.__code__, f.__defaults__, f.__doc__, f.__annotations__, show.__code__, show.__closure__),
    }


def setup():
    import log
    import m

    m.Thing()
    return {"m": m, "before": snapshot(m), "log": log.SEEN, "thing": m.Thing()}


def unchanged(state):
    import log
    import m

    assert m is state["m"] and log.SEEN == []
    now, before = snapshot(m), state["before"]
    assert now["names"].keys() == before["names"].keys(), now["names"].keys() ^ before["names"].keys()
    for name, value in before["names"].items():
        assert now["names"][name] is value, f"{name} is another object"
    assert now["class"].keys() == before["class"].keys(), "names of the class"
    for name, value in before["class"].items():
        assert now["class"][name] is value, f"Thing.{name} is another object"
    assert now["bases"] == before["bases"]
    for mine, other in zip(now["code"], before["code"]):
        assert mine is other or mine == other, (mine, other)
    assert m.helper.__code__ is before["code"][0], "the code was swapped"
    assert m.STATE == {"n": 1} and m.helper(1) == 11 and state["thing"].show() == "old"


def check(state, report):
    unchanged(state)
