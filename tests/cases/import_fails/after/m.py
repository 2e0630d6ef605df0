import no_such_module_anywhere


def f():
    return 2


X = [1]
