def setup():
    import user

    return user


setup_fresh = setup


def check(user, report):
    import m

    assert user.run() == ["q", "q"]
    assert user.select is m.select
    assert not hasattr(m, "fetch_rows") and not hasattr(user, "fetch_rows")
