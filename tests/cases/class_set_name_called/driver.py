def setup():
    import m

    form = m.Form()
    form.name = "ann"
    return form, m.Form.name


setup_fresh = setup


def check(state, report):
    import m

    form, field = state
    assert form.age == 18 and form.name == "ann"
    form.age = 20
    assert vars(form) == {"_Form_name": "ann", "_Form_age": 20}
    assert m.Form.name is field and m.Field.made == 2, "the unchanged descriptor is the same"


def check_2(state, report):
    form, field = state
    assert type(form)().name == "nobody", "changed descriptor: evaluated again and named"
    assert type(form).name.slot == "_Form_name"
