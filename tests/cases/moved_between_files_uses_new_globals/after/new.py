LIMIT = 100


def cap(n):
    smaller = min(n, LIMIT)
    return smaller
