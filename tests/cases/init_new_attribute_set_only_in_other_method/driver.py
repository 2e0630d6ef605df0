def setup():
    import m

    return m.Machine()


setup_fresh = setup


def check(machine, report):
    machine.start()
    assert machine.since == 5, "nothing is missing: start() has not run before"
