import functools


def retry(function):
    @functools.wraps(function)
    async def wrapper(*args):
        try:
            return await function(*args)
        except OSError:
            return await function(*args)

    return wrapper


@retry
async def fetch(url):
    return url + '?v=2'
