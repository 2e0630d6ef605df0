def setup():
    import m

    return m.Perm.READ, m.Perm.READ | m.Perm.WRITE


setup_fresh = setup


def check(state, report):
    import m

    read, both = state
    assert m.Perm.READ is read and m.Perm(3) is both
    assert read | m.Perm.RUN == m.Perm(5) and m.Perm.RUN in m.Perm.ALL
    assert list(m.Perm.ALL) == [m.Perm.READ, m.Perm.WRITE, m.Perm.RUN]
    assert ~read == m.Perm.WRITE | m.Perm.RUN, "the mask holds the new bit"
