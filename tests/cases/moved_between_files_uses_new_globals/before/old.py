LIMIT = 1


def cap(n):
    smaller = min(n, LIMIT)
    return smaller


def other():
    return LIMIT
