from new import compute


def stay():
    return compute([1])
