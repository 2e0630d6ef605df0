from m import VALUE, Maker, thing


def all_of():
    return thing(1), Maker(2), VALUE
