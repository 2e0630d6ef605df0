def setup():
    import m

    outer = m.build(1)
    return outer, outer(2), m.key_for(["a", "b"])


setup_fresh = setup


def check(state, report):
    outer, inner, keys = state
    assert outer(2)(3) == 123, "living outer lambda"
    assert inner(3) == 123, "living inner lambda"
    assert keys["a"]({"a": 1}) == 1 and keys["b"]({}) is None, "lambdas made in a comprehension"
