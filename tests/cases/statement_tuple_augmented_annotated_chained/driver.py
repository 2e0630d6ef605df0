def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert (m.a, m.b, m.total) == (1, 3, 15), "the unchanged += must not run again"
    assert m.named == 2.5 and m.__annotations__ == {"named": float}
    assert m.first == "p" and m.rest == ["q", "r", "s"]
    assert m.c is m.d and m.c == [0]
