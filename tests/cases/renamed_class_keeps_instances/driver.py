def setup():
    import m

    cls = next(iter(vars(m)[name] for name in ("Customer", "Client") if name in vars(m)))
    return cls("ann")


setup_fresh = setup


def check(client, report):
    import m

    assert not hasattr(m, "Customer")
    assert isinstance(client, m.Client), "living instances belong to the renamed class"
    assert m.Client.__name__ == m.Client.__qualname__ == "Client"
    assert client.greet.__qualname__ == "Client.greet"
