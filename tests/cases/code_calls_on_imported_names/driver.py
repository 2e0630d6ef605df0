def setup():
    from m import use

    return use


setup_fresh = setup


def check(use, report):
    assert use("[1, 3]") == ("[3]", 0)
    assert code_differences(use, "m.py") == [], "the compiler treats calls on imported names differently"
