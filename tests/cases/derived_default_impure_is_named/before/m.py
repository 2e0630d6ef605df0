COUNT = 1
ran = []


def costly(n):
    ran.append(n)
    return n


def use(value=costly(COUNT)):
    return value
