def setup():
    from m import limit

    limit.__defaults__ = (1,)
    return limit


setup_fresh = setup


def check(limit, report):
    assert limit([1, 2, 3]) == [3], "a default set at run time is state: its source did not change"
