def show(value):
    return repr(value)
