import asyncio


async def started():
    import m

    gate, out = asyncio.Event(), []
    task = asyncio.get_running_loop().create_task(m.serve(gate, out))
    await asyncio.sleep(0)
    return gate, out, task


def setup():
    loop = asyncio.new_event_loop()
    return loop, *loop.run_until_complete(started())


def check(state, report):
    loop, gate, out, task = state

    async def turn():
        gate.set()
        for _ in range(3):
            await asyncio.sleep(0)

    loop.run_until_complete(turn())
    assert out == ["new"], "the running task stays on its code and calls the new step()"
    task.cancel()
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    loop.close()
