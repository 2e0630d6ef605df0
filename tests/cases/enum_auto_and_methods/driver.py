def setup():
    import m

    return m.Step.LAST


setup_fresh = setup


def check(last, report):
    import m

    assert m.Step.LAST is last
    assert last.next() is m.Step.EXTRA and m.Step.EXTRA.value == 3
    assert m.Step(99) is last, "_missing_"
    assert str(last) == "last"
