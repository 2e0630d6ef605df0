import annotationlib


def setup():
    import bare
    import gains
    import m

    # What was asked for is kept by the module.
    assert m.__annotations__ == {"host": str, "port": int, "path": str, "quiet": bool}
    assert bare.__annotations__ == {"limit": int}
    return m.connect


def setup_fresh():
    import bare
    import gains
    import m

    return m.connect


def check(connect, report):
    import bare
    import gains
    import m

    # In this form those of branches that did not run are shown as well.
    shown = annotationlib.get_annotations(m, format=annotationlib.Format.STRING)
    here = {"host": "bytes", "port": "int", "path": "bytes", "trace": "list[str]", "quiet": "int", "loud": "Later"}
    assert shown == here, shown
    try:
        m.__annotations__
    except NameError as error:
        where = error.__traceback__
        while where.tb_next is not None:
            where = where.tb_next
        assert where.tb_lineno == line_of("m.py", "loud: Later"), where.tb_lineno
    else:
        raise AssertionError("Later is not there yet")
    m.Later = complex
    assert m.__annotations__ == {"host": bytes, "port": int, "path": bytes, "quiet": int, "loud": complex}
    with open(m.__file__, encoding="utf-8") as file:
        whole = compile(file.read(), m.__file__, "exec", dont_inherit=True)
    fresh = [each for each in whole.co_consts if getattr(each, "co_name", "") == "__annotate__"][-1]
    assert m.__annotate__.__code__ == fresh, "as a compile of the whole file has it"
    assert m.connect is connect
    assert bare.__annotations__ == {}
    assert bare.__annotate__ is None
    assert gains.__annotations__ == {"limit": int}
