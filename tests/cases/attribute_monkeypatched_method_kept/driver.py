def setup():
    import m

    m.Client.send = lambda self: "patched"
    return m.Client()


setup_fresh = setup


def check(client, report):
    assert client.close() == "closed twice"
    assert client.send() == "patched", "a method replaced at run time is state: its source did not change"
