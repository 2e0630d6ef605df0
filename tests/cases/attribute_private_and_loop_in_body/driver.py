def setup():
    import m

    m.Codes.code_1 = "set later"
    return m.Codes()


setup_fresh = setup


def check(codes, report):
    assert codes.secret() == 2 and codes._Codes__secret == 2
    assert codes.code_1 == "set later" and codes.code_0 == 0, "the loop did not run again"
