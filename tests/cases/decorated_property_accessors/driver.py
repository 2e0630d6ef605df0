def setup():
    import m

    return m.Thermo()


setup_fresh = setup


def check(thermo, report):
    assert thermo.fahrenheit == 68, "getter"
    thermo.fahrenheit = 212
    assert thermo._celsius == 100, "setter"
    del thermo.fahrenheit
    assert thermo._celsius == 0, "deleter"
