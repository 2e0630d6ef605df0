def setup():
    import m

    return m.Page()


setup_fresh = setup


def check(page, report):
    assert page.items() == (20, 20, 20) and page.half == 10
