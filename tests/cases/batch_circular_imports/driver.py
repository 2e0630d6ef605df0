def setup():
    import left

    return left.ping


setup_fresh = setup


def check(ping, report):
    assert (ping(0), ping(1), ping(2)) == ("ping", "both", "both")
