def setup():
    from m import tagger

    return tagger, tagger("a")


def check(state, report):
    tagger, old = state
    assert tagger("b")("x") == "b:B:x", "closures made from now on"
    assert old("x") in ("a:x", "a:A:x"), "the living closure must not break"
