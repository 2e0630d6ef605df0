def setup():
    import m

    return m.show, m.Printer()


setup_fresh = setup


def check(state, report):
    import m

    show, printer = state
    assert m.show is show
    assert show(1) == "whole number" and show([]) == "items" and show(None) == "object"
    assert printer.put("x") == "text" and printer.put(1) == "object"
