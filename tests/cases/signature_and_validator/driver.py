def setup():
    from m import pay

    return pay


setup_fresh = setup


def check(pay, report):
    if report is None:
        assert pay(amount="1.5") == 1.5
