def setup():
    import m

    return m.show


setup_fresh = setup


def check(show, report):
    import m

    assert show("x") == "ſ😀éx"
    assert code_differences(m.größe, "m.py") == []
    assert code_differences(show, "m.py") == [], "columns count bytes"
