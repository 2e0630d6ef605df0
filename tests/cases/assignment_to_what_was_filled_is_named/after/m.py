PLAIN = ["x"]
FILLED = {"x": 1}
FILLED["b"] = 2
CACHE = {"y": "why"}


def look(key):
    return CACHE.setdefault(key, key.upper())
