def setup():
    from m import model

    made = model("a")
    return model, made, made()


setup_fresh = setup


def check(state, report):
    model, made, instance = state
    assert model("b")().show() == "<b>"
    assert made().show() == "<a>" and instance.show() == "<a>", "classes made earlier"
