def setup():
    from m import dump

    return dump


setup_fresh = setup


def check(dump, report):
    assert dump(1) == ("[1]", True)
