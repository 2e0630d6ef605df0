def setup():
    import m

    return m.Chain()


setup_fresh = setup


def check(chain, report):
    assert chain.push(1).append(2)(3).log == [-1, -2, -3], "aliases of the method"
