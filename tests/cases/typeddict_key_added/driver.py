def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert user.Movie is m.Movie
    assert m.Movie.__annotations__ == {"title": str, "year": int}
    assert m.Movie.__required_keys__ == {"title", "year"}
    if report is None or report.verdict == "live":
        assert m.Sequel.__required_keys__ == {"title", "year"}, "a TypedDict that inherits"
