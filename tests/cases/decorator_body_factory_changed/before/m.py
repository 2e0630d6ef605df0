from deco import checked


@checked(int)
def double(value):
    return value * 2


@checked(str)
def shout(value):
    return value.upper()
