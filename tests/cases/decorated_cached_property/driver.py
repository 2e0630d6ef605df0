def setup():
    import m

    return m.Report([1, 2])


setup_fresh = setup


def check(fresh, report):
    import m

    assert fresh.total == 300, "an instance that had not computed it"
    assert m.Report([4]).total == 400
