def setup():
    import user

    return user, user.Page()


setup_fresh = setup


def check(state, report):
    import m

    user, page = state
    assert user.Page is m.Page
    assert m.Page().show() == "page"
    assert isinstance(page, m.Page) and page.show() == "page", "living instance"
