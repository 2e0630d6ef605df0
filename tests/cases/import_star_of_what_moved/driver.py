def setup():
    import pack

    return pack


setup_fresh = setup


def check(pack, report):
    assert pack.statistics([3, 1, 2]) == {"least": 1, "most": 3}
    assert pack.statistics is pack.recipes.statistics
    assert not hasattr(pack.more, "statistics")
    assert pack.first([1]) == pack.last([1]) == 1
