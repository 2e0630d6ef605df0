def setup():
    import m

    done = m.Report()
    done.total
    return done


def check(done, report):
    import m

    assert m.Report().total == 2
    if report and report.verdict == "live":
        assert done.total == 2, "a value of the old source lives on and the report is silent"
