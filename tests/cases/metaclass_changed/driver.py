def setup():
    import m

    return m.Job()


setup_fresh = setup


def check(job, report):
    import m

    if report and report.verdict == "restart":
        return
    m.Job()
    assert m.Job.count >= 1 and type(m.Job) is m.Meta
    assert isinstance(job, m.Job)
