def setup():
    from m import fetch

    return fetch


setup_fresh = setup


def check(fetch, report):
    assert fetch("u") == ("u", 20)
    assert fetch("u", wait=1) == ("u", 20)
