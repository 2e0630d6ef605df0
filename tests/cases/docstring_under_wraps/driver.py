import inspect


def setup():
    from m import send

    return send


setup_fresh = setup


def check(send, report):
    assert send.__wrapped__.__doc__ == "Send later."
    assert send.__doc__ == "Send later.", "what wraps() copied follows"
    assert inspect.signature(send).parameters["to"].annotation is bytes
    assert send.__annotations__ == {"to": bytes}
