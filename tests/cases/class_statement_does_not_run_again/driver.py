def setup():
    import m

    return m.Csv, m.Csv(), list(m.LOG)


setup_fresh = setup


def check(state, report):
    import m

    cls, living, log = state
    assert m.Csv is cls is m.Plugin.found["Csv"]
    assert m.LOG == log, "neither the body nor the metaclass runs again"
    assert living.read() == "csv2" and living.write() == "written"
