import dataclasses


def setup():
    import m

    return m.Key(1)


setup_fresh = setup


def check(key, report):
    import m

    if report and report.verdict == "restart":
        return
    for each in (m.Key(2), key):
        try:
            each.a = 5
        except dataclasses.FrozenInstanceError:
            pass
        else:
            raise AssertionError("frozen now")
    assert hash(m.Key(1)) == hash(key) and key.show() == 1
