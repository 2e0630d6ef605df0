def f():
    return 1


X = [1]
