async def pump(source):
    seen = []
    try:
        async for item in source:
            if item is None:
                continue
            seen.append(item)
        else:
            seen.append("end")
        return {i: [j async for j in source] for i in seen}
    except (ValueError, TypeError) as error:
        raise RuntimeError from error
    finally:
        seen.clear()
