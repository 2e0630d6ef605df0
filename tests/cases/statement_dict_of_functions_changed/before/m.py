def add(a, b):
    return a + b


def sub(a, b):
    return a - b


OPS = {"+": add}


def run(op, a, b):
    return OPS[op](a, b)
