def setup():
    import m

    return m.Box[int](1), m.Stack([1, 2]), m.Box.__type_params__


setup_fresh = setup


def check(state, report):
    import m

    box, stack, parameters = state
    assert box.get() == [1] and box.map(str).item == "1"
    assert stack.top() == (2, 2)
    assert m.Box.__type_params__ is parameters or m.Box.__type_params__ == parameters
    assert m.Box.get.__annotations__["return"] is m.Box.__type_params__[0]
