def setup():
    from m import show

    return show


setup_fresh = setup


def check(show, report):
    assert show(1) == "mine"


def check_2(show, report):
    assert show(1) == "1", "the builtin shows through again"
