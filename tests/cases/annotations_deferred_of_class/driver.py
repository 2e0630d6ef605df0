import annotationlib
from annotationlib import Format


def setup():
    import m

    kept = m.Plain, m.Box, m.Box.Lid, m.Bare, m.Gains
    for cls in kept:
        # What was asked for is kept by the class.
        assert cls.__annotations__ == annotationlib.get_annotations(cls)
    return kept, m.Plain()


def setup_fresh():
    import m

    return (m.Plain, m.Box, m.Box.Lid, m.Bare, m.Gains), m.Plain()


def check(state, report):
    import m

    (plain, box, lid, bare, gains), one = state
    shown = annotationlib.get_annotations(plain, format=Format.STRING)
    assert shown == {"name": "bytes", "later": "NotYet", "size": "int"}
    try:
        plain.__annotations__
    except NameError as error:
        where = error.__traceback__
        while where.tb_next is not None:
            where = where.tb_next
        assert where.tb_lineno == line_of("m.py", "later: NotYet"), where.tb_lineno
    else:
        raise AssertionError("NotYet is not there yet")
    m.NotYet = complex
    assert plain.__annotations__ == {"name": bytes, "later": complex, "size": int}
    assert (one.size, type(one)) == (4, plain)

    (param,) = box.__type_params__
    assert box.__annotations__ == {"held": list[param], "kind": bytes}, box.__annotations__
    m.Lid = "what a global of that name is"
    assert lid.__annotations__ == {"of": box, "ajar": list[float], "again": m.Lid}, lid.__annotations__
    assert bare.__annotations__ == {}
    assert vars(bare).get("__annotate_func__") is None
    assert gains.__annotations__ == {"y": int}
    for cls in (plain, box, lid, gains):
        annotate = vars(cls)["__annotate_func__"]
        assert annotate.__qualname__ == f"{cls.__qualname__}.__annotate__"
        cells = dict(zip(annotate.__code__.co_freevars, annotate.__closure__))
        cls.PROBE = 1
        assert cells["__classdict__"].cell_contents["PROBE"] == 1, "what is evaluated later sees the class itself"
