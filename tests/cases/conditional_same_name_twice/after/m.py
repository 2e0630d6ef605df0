def first():
    return "ONE"


keep = first


def first():
    return "TWO"
