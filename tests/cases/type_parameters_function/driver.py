def setup():
    from m import first

    return first


setup_fresh = setup


def check(first, report):
    import m

    assert m.first is first
    assert [str(p) for p in first.__type_params__] == ["K", "Rest"], first.__type_params__
    assert first.__type_params__[0].__bound__ is str
    assert first.__annotations__["return"] is first.__type_params__[0]
