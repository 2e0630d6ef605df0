import inspect


def setup():
    import m

    for item in (m.first, m.second, m.Third.method):
        inspect.getsource(item)
    return m


setup_fresh = setup


def check(m, report):
    assert inspect.getsource(m.first) == 'def first():\n    return "first"\n'
    assert inspect.getsource(m.second).startswith("@functools.cache\ndef second")
    assert inspect.getsource(m.Third.method).strip().startswith("def method")
    assert inspect.getsource(m.Third).startswith("class Third:")
    assert inspect.getsourcelines(m.first)[1] == line_of("m.py", "def first")
