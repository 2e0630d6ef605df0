def setup():
    import m

    m.run()
    return m


def check(m, report):
    import new_name

    assert m.get is new_name.get
    assert m.run() >= 1
