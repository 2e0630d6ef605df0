def f():
    return ()


import string


def g(x: string.Template = 2, *, y=string.digits):
    return x
