def setup():
    import m

    made = m.make(str)
    assert [each.__annotations__ for each in made] == [{"a": int}, {"b": str, "return": bytes}, {}, {"d": int}]
    return made


def setup_fresh():
    import m

    return m.make(str)


def check(made, report):
    import m

    wanted = [{"a": list[int]}, {"b": str, "return": bytes}, {"c": str, "return": "kind"}, {}]
    for functions in (made, m.make(str)):
        assert [each.__annotations__ for each in functions] == wanted, "closures that earlier calls made follow, too"
        assert functions[2].__annotate__.__qualname__ == "make.<locals>.three.__annotate__"
        assert functions[3].__annotate__ is None
    with open(m.__file__, encoding="utf-8") as file:
        outer = compile(file.read(), m.__file__, "exec", dont_inherit=True).co_consts[0]
    fresh = [each for each in outer.co_consts if getattr(each, "co_name", "") == "__annotate__"]
    assert [each.__annotate__.__code__ for each in made[:3]] == fresh
