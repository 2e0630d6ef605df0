def setup():
    import m

    return m, m.First.fields


def setup_fresh():
    import m

    return m, ["a", "b"]


def check(state, report):
    m, first = state
    assert m.Second.fields == m._f == ["c"], "the assignment below begins anew"
    assert m.First.fields == ["a", "b"]
    assert m.total == 2, "it read the assignment above"
    if report:
        assert m.First.fields is first
        assert m.LOG == [("a", "b"), ("c",)], "nothing ran twice"


def check_2(state, report):
    m, first = state
    assert m.Second.fields == m._f == ["c"], "what the name means at the end came of the line below"
    if report:
        assert m.First.fields is first, "not repeated, but named"
        assert [(reason.code, reason.line) for reason in report.reasons] == [("RL206", 14), ("RL206", 15)]
    else:
        assert (m.First.fields, m.total) == (["a", "b", "x"], 3)


def check_3(state, report):
    m, _ = state
    assert not hasattr(m, "Second")
    if report:
        assert "RL206" in [reason.code for reason in report.reasons], "what the assignment left behind is named"
    else:
        assert (m._f, m.total) == (["a", "b", "x"], 3)
