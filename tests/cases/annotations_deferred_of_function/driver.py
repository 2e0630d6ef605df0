import annotationlib
from annotationlib import Format


def setup():
    import m

    kept = m.plain, m.loses, m.gains, m.wrapped, m.cached, m.Tree.left, m.body
    for function in kept[:-1]:
        # What was asked for is kept by the function.
        assert function.__name__ == "cached" or isinstance(function.__annotations__, dict)
    return kept


def setup_fresh():
    import m

    return m.plain, m.loses, m.gains, m.wrapped, m.cached, m.Tree.left, m.body


def check(state, report):
    import m

    plain, loses, gains, wrapped, cached, left, body = state
    assert plain is m.plain and left is m.Tree.left
    assert plain.__annotations__ == {"a": float, "b": str, "return": float}
    assert loses.__annotations__ == {} and loses.__annotate__ is None
    assert annotationlib.get_annotations(gains, format=Format.STRING) == {"a": "int", "return": "Missing"}
    assert wrapped.__annotations__ == {"a": str}
    assert wrapped.__annotate__ is wrapped.__wrapped__.__annotate__
    assert cached.__wrapped__.__annotations__ == {"a": bytes}
    assert cached.__annotate__ is cached.__wrapped__.__annotate__
    assert left.__annotations__ == {"leaf": bytes, "return": m.Tree}
    cells = dict(zip(left.__annotate__.__code__.co_freevars, left.__annotate__.__closure__))
    m.Tree.PROBE = 1
    assert cells["__classdict__"].cell_contents["PROBE"] == 1, "what is evaluated later sees the class itself"
    assert body(1) == 2
    try:
        body.__annotations__
    except NameError as error:
        where = error.__traceback__
        while where.tb_next is not None:
            where = where.tb_next
        assert where.tb_lineno == line_of("m.py", "    a: Missing,"), where.tb_lineno
    else:
        raise AssertionError("Missing is not there yet")
