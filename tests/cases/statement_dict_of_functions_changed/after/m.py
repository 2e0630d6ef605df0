def add(a, b):
    return a + b


def sub(a, b):
    return b - a


OPS = {"+": add, "-": sub}


def run(op, a, b):
    return OPS[op](a, b)
