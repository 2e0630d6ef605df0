def kept():
    return 2
