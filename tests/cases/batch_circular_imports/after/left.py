import right


def ping(n, word="ping"):
    return word if n == 0 else right.pong(n - 1, right.WORD)
