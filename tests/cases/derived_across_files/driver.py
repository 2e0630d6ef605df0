def setup():
    import m

    return m, m.SEEN


def check(state, report):
    m, seen = state
    assert m.HOST == "b"
    assert m.URL == "http://b" and m.SAME == "b!", "computed in another file from the changed name"
    assert m.SEEN is seen == ["a"]
