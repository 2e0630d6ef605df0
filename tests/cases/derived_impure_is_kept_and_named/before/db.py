CONNECTED = []


class Pool:
    def __init__(self, url):
        self.url = url
        CONNECTED.append(url)


def connect(url):
    return Pool(url)
