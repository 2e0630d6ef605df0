import left

WORD = "both"


def pong(n, word="pong"):
    return word if n == 0 else left.ping(n - 1, word)
