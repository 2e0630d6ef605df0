import left


def pong(n):
    return "pong" if n == 0 else left.ping(n - 1)
