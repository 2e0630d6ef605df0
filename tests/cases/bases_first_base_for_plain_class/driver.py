def setup():
    import user

    return user, user.Person("ann")


setup_fresh = setup


def check(state, report):
    import m

    user, ann = state
    assert issubclass(m.Person, m.Named), "CPython refuses to assign __bases__ of a plain class"
    assert user.Person is m.Person, "importers are rebound or the class is the same"
    assert isinstance(ann, m.Person) and ann.title() == "Ann", "living instance"
    assert user.Person("bob").title() == "Bob"
