import threading


def setup():
    import m

    thread = threading.Thread(target=m.worker, daemon=True)
    thread.start()
    assert m.inside.wait(10)
    return m, thread


def check(state, report):
    m, thread = state
    m.leave.set()
    thread.join(10)
    assert not thread.is_alive() and m.results == ["new"], m.results
