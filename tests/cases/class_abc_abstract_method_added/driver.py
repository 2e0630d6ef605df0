def setup():
    import m

    return m.Memory


setup_fresh = setup


def check(memory, report):
    import m

    assert memory().save() == "saved"
    assert m.Store.__abstractmethods__ == {"load", "save"}
    try:
        m.Half()
    except TypeError as error:
        assert "save" in str(error)
    else:
        raise AssertionError("Half lacks save() and must not be made")
