def scale(value):
    return value * 3
