async def pump(source):
    return [item async for item in source]
