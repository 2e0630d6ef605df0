PLAIN = ["a"]
FILLED = {"a": 1}
FILLED["b"] = 2
CACHE = {}


def look(key):
    return CACHE.setdefault(key, key.upper())
