def setup():
    import m

    return m.price


setup_fresh = setup


def check(price, report):
    import m

    assert price(2).n == 4 and m.Money.unit == 100
    assert m.wrap.__module__ == "m" and m.Money.__module__ == "m"
    assert m.wrap.__globals__ is vars(m)
    assert m.wrap.__code__.co_filename == m.__file__
    assert m.wrap.__code__.co_firstlineno == line_of("m.py", "def wrap")
