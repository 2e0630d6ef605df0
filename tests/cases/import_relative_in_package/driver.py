def setup():
    import pkg.sub.core

    return pkg.sub.core.run


setup_fresh = setup


def check(run, report):
    assert run("a") == "AB!"
