def f():
    return 4


X = [1]
