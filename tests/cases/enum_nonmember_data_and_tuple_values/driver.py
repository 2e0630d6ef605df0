def setup():
    import m

    return m.Planet.MARS


setup_fresh = setup


def check(mars, report):
    import m

    assert m.Planet.MARS is mars
    assert mars.density() == 0.6 / 3.3
    assert m.Planet.VENUS.density() == 4.8 / 6.0 and m.Planet((4.8, 6.0)) is m.Planet.VENUS
