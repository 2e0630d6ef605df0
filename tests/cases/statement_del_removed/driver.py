def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    import json

    assert m.SIZE == 3
    assert m.helper() is json
    assert not hasattr(m, "math")
    if report:
        assert not report.reasons, report
