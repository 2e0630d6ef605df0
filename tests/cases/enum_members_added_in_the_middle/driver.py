import pickle


def setup():
    import user

    return user, user.Status.OPEN, user.Status.DONE


setup_fresh = setup


def check(state, report):
    import m

    user, opened, done = state
    assert m.Status.OPEN is opened and m.Status.DONE is done, "members keep their identity"
    assert [s.name for s in user.Status] == ["OPEN", "PAUSED", "DONE"], "in the order of the source"
    assert m.Status.FINISHED is done, "an alias"
    assert m.Status("paused").label == "Paused" and m.Status["PAUSED"] in m.Status
    assert user.TEXT[m.Status("open")] == "o" and isinstance(opened, m.Status)
    assert pickle.loads(pickle.dumps(m.Status.PAUSED)) is m.Status.PAUSED
    assert len(m.Status.__members__) == 4
