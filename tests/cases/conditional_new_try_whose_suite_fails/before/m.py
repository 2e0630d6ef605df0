def group():
    return Exception
