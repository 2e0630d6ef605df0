def handlers():
    return [lambda x: x + 1, lambda x: x + 2]
