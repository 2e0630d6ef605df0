import typing


def setup():
    from m import load

    load.__annotations__
    return load


setup_fresh = setup


def check(load, report):
    import m

    assert m.load is load
    hints = typing.get_type_hints(load)
    assert hints == {"path": bytes, "count": float, "return": tuple[str, ...]}, hints
    assert list(load.__annotations__) == ["path", "count", "return"]
