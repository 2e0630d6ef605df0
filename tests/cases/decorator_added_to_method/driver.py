def setup():
    import m

    return m.Service()


setup_fresh = setup


def check(service, report):
    assert service.run(1) == ("logged", 1)
    assert service.size == 3, "a method became a property"


def check_2(service, report):
    assert service.run(1) == ("logged", 1)
    assert type(service).size(1) == 3, "a property became a static method"
