def setup():
    from m import page

    return page


setup_fresh = setup


def check(page, report):
    assert page([1, 2, 3]) == ([1, 2], 0)
    assert page.__kwdefaults__ == {"size": 2, "cursor": 0, "reverse": False}
