def setup():
    from m import greet

    return greet


setup_fresh = setup


def check(greet, report):
    assert greet("ann") == "hello ann"


def check_2(greet, report):
    assert greet("ann") == "good day ann!"


def check_3(greet, report):
    assert greet("ann") == "hi ann", "back to the first text"
