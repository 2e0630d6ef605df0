from deco import Memo


@Memo
def square(n):
    return n * n
