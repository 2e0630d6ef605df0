import inspect


def setup():
    from m import connect

    return connect


setup_fresh = setup


def check(connect, report):
    import m

    assert m.connect is connect
    assert connect("db") == "db:5432 () False []"
    assert connect("db", 1, 2, tls=True, retry=3) == "db:1 (2,) True ['retry']"
    assert str(inspect.signature(connect)) == "(host, /, port=5432, *options, tls=False, **extra)"
