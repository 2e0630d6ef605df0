import asyncio


async def numbers():
    yield None
    yield 1


def setup():
    from m import pump

    return pump


setup_fresh = setup


def check(pump, report):
    assert asyncio.run(pump(numbers())) == {1: [], "end": []}
    assert code_differences(pump, "m.py") == []
