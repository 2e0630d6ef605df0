import textwrap


def setup():
    from m import slug

    return slug


setup_fresh = setup


def check(slug, report):
    import m

    assert slug("A B") == "a_b"
    assert m.shorten is textwrap.shorten, "the handler that did not run must not run now"
