def setup():
    from m import safe

    return safe


setup_fresh = setup


def check(safe, report):
    assert safe(lambda: {}["x"]) == "caught" and safe(lambda: int("x")) == "caught"
    assert code_differences(safe, "m.py") == []
