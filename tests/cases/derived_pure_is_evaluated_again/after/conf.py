BASE = "http://b"
VERSION = 1
URL = BASE + "/api"
FULL = f"{URL}/v{VERSION}"
PAIR = (BASE, VERSION)


def get(path, root=FULL):
    return root + path
