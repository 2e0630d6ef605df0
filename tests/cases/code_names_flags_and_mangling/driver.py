def setup():
    import m

    return m._Store.put, m._Store.Inner.show


setup_fresh = setup


def check(state, report):
    import m

    put, show = state
    assert m._Store.put is put
    assert put(m._Store(), 1) == '[1, {}, "a/b"]'
    assert show(m._Store.Inner()) == (1, [1])
    assert code_differences(put, "m.py") == []
    assert code_differences(show, "m.py") == []
