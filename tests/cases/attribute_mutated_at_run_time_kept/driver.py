def setup():
    import m

    pool = m.Pool()
    pool.add()
    m.Pool.size = 99
    m.Pool.injected = "plugin"
    return pool, m.Pool.workers


setup_fresh = setup


def check(state, report):
    import m

    pool, workers = state
    assert m.Pool.size == 99, "set at run time, source unchanged"
    assert m.Pool.workers is workers and len(workers) == 1
    assert m.Pool.injected == "plugin"
    pool.add()
    assert workers[1] == "worker"
