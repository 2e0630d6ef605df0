import asyncio


def setup():
    from m import fetch

    return fetch


setup_fresh = setup


def check(fetch, report):
    import m

    assert m.fetch is fetch
    assert asyncio.run(fetch("/a")) == "/a?v=2"
