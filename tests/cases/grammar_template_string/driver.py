def setup():
    from m import greet

    return greet


setup_fresh = setup


def check(greet, report):
    made = greet("a")
    assert made.strings == ("hello ", "") and made.interpolations[0].conversion == "r"
