def setup():
    import m

    return m.Job("old")


def check(job, report):
    import m

    assert repr(m.Job("new", "ann")) == "Job(name='new', owner='ann', log=[])"
    assert isinstance(job, m.Job) and job.name == "old"
