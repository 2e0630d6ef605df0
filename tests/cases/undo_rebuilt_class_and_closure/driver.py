def setup():
    import m

    return m, m.Color.RED, m.Child().hi, m.adder(3)


def check(state, report):
    import reloadr

    m, red, hi, add = state
    assert (hi(), add(2), len(m.Color)) == ("base!", 6, 2)
    reloadr.undo()
    assert (hi(), add(2)) == ("child", 5)
    assert [c.name for c in m.Color] == ["RED"] and m.Color.RED is red
    assert m.Child.hi.__closure__ is None
