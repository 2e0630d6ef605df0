def f():
    return 3


X = [1]
print(nope)
