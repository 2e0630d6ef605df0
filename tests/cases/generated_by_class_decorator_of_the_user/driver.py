def setup():
    import m

    return m.Car()


setup_fresh = setup


def check(car, report):
    import m

    assert m.Car.FIELDS == ("wheels", "doors") or report.verdict == "restart"
    assert car.get_wheels() == 4
    if report is None or report.verdict == "live":
        assert car.get_doors() == 5, "the decorator has not seen the new field and the report is silent"
