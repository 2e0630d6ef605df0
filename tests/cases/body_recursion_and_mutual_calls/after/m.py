def even(n):
    return "even" if n == 0 else odd(n - 1)


def odd(n):
    return "odd" if n == 0 else even(n - 1)
