def setup():
    import m

    lamp = m.Lamp()
    return lamp, lamp.turn_off


setup_fresh = setup


def check(state, report):
    lamp, turn_off = state
    assert lamp.turn_on() == "on"
    assert turn_off() == "off", "bound partial method held"
