def setup():
    from app import wide

    return wide


setup_fresh = setup


def check(wide, report):
    import app

    assert wide("abc") == 9 and app.narrower("abc") == 1
