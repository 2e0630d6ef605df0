def setup():
    import json

    import m
    import shared

    return json.dumps, shared.limits


def check(state, report):
    import json

    import m
    import shared

    dumps, limits = state
    assert m.encode is json.loads
    assert m.limits == {"own": 1}
    assert not hasattr(m, "spare")
    assert json.dumps is dumps, "another module's function is not replaced"
    assert shared.encode is shared.dumps is dumps
    assert shared.limits is limits == {"shared": 1}
    assert shared.spare == ["spare"]
    if report:
        assert not report.reasons, "nobody holds what was never m's"


setup_fresh = setup
