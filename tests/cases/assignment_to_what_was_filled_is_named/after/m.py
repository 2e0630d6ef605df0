PLAIN = ["x"]
FILLED = {"x": 1}
FILLED["b"] = 2
TWICE = ["x"]
TWICE.append(1)
TWICE = [3]
TWICE.append(4)
CACHE = {"y": "why"}


def look(key):
    return CACHE.setdefault(key, key.upper())
