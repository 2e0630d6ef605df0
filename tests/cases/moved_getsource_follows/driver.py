import inspect


def setup():
    import m

    for item in (m.first, m.second, m.Third.method):
        inspect.getsource(item)
    return m, m.first, m.second, m.Third


setup_fresh = setup


def check(state, report):
    m, *held = state
    assert [m.first, m.second, m.Third] == held
    assert inspect.getsource(m.first) == 'def first():\n    return "first"\n'
    assert inspect.getsource(m.second).startswith("@functools.cache\ndef second")
    assert inspect.getsource(m.Third.method).strip().startswith("def method")
    assert inspect.getsource(m.Third).startswith("class Third:")
    assert inspect.getsourcelines(m.first)[1] == line_of("m.py", "def first")
