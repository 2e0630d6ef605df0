import asyncio


async def serve(gate, out):
    while not out or out[-1] != "stop":
        await gate.wait()
        gate.clear()
        out.append(step() + '!')


def step():
    return "new"
