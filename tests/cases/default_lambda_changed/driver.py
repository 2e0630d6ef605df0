def setup():
    from m import arrange

    return arrange


setup_fresh = setup


def check(arrange, report):
    assert arrange([1, 3, 2]) == [3, 2, 1]
