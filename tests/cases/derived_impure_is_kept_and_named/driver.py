def setup():
    import db
    import m

    return db, m, m.db


def check(state, report):
    db, m, pool = state
    assert m.URL == "db://new"
    assert m.db is pool and db.CONNECTED == ["db://old"], "a connection must not be made again"
