opened = []


def connect(name):
    opened.append(name)
    return len(opened)


POOL = {"size": 1}
POOL["main"] = connect("main")
POOL["plain"] = "kept"
