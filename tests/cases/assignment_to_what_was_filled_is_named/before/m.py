PLAIN = ["a"]
FILLED = {"a": 1}
FILLED["b"] = 2
TWICE = ["a"]
TWICE.append(1)
TWICE = [3]
TWICE.append(4)
CACHE = {}


def look(key):
    return CACHE.setdefault(key, key.upper())
