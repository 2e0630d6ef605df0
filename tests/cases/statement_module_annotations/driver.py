def setup():
    import m

    return m


setup_fresh = setup


def check(m, report):
    assert m.__annotations__ == {"x": int, "y": bytes, "z": list[int]}
    assert m.z == [] and not hasattr(m, "y")
