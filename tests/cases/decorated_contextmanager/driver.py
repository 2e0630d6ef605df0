import asyncio


def setup():
    import m

    return m.transaction, m.session


setup_fresh = setup


def check(state, report):
    transaction, session = state
    log = []
    with transaction(log) as tx:
        log.append(tx)
    assert log == ["begin", "tx", "commit and sync"], log

    async def use():
        async with session(log):
            pass

    asyncio.run(use())
    assert log[3:] == ["open twice", "close"], log
