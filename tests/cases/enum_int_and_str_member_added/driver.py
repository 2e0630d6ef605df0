import json


def setup():
    import m

    return m.Port.HTTP, m.Role.ADMIN


setup_fresh = setup


def check(state, report):
    import m

    http, admin = state
    assert m.Port.HTTP is http and m.Role.ADMIN is admin
    assert m.Port.HTTPS == 443 and m.Port(443) > http
    assert m.Role.GUEST == "guest" and f"{m.Role.GUEST}" == "guest"
    assert json.dumps([m.Port.HTTPS, m.Role.GUEST]) == '[443, "guest"]'
    assert isinstance(m.Role.GUEST, m.Role)
