import asyncio
import inspect


def setup():
    from m import fetch

    return fetch


setup_fresh = setup


def check(fetch, report):
    assert inspect.iscoroutinefunction(fetch)
    assert asyncio.run(fetch("a")) == "a/async"


async def collect(aiter):
    return [item async for item in aiter]


def check_2(fetch, report):
    assert inspect.isasyncgenfunction(fetch)
    assert asyncio.run(collect(fetch("a"))) == ["a", "a/2"]


def check_3(fetch, report):
    assert fetch("a") == ["a"]
