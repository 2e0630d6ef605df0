import dataclasses


def setup():
    import m

    return m.Admin(1)


setup_fresh = setup


def check(admin, report):
    import m

    assert [f.name for f in dataclasses.fields(m.Base)] == ["id", "created"]
    assert [f.name for f in dataclasses.fields(m.User)] == ["id", "created", "name"]
    assert m.User(1, "c", name="n").name == "n"
    assert isinstance(admin, m.Base)
    names = [f.name for f in dataclasses.fields(m.Admin)]
    if report is None or report.verdict == "live":
        assert names == ["id", "created", "name", "level"], "a dataclass that inherits is generated from its bases"
        assert m.Admin(1, "c", 5).level == 5
        assert repr(admin) == "Admin(id=1, created='now', name='', level=1)"
