def setup():
    import m

    kept = m.NotFound("earlier")
    return m.guarded, kept


setup_fresh = setup


def check(state, report):
    import m

    guarded, kept = state

    def boom():
        raise m.NotFound

    def boom_kept():
        raise kept

    assert guarded(boom) == "handled NotFound"
    assert guarded(boom_kept) == "handled NotFound", "an exception object made earlier"
