def f():
    return 2


X = [1]
