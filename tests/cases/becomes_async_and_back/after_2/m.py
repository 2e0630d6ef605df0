async def fetch(url):
    yield url
    yield url + '/2'
