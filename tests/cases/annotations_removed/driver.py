def setup():
    from m import load

    return load


setup_fresh = setup


def check(load, report):
    assert load.__annotations__ == {}
