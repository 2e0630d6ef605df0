from z_lib import LIMIT, Two, one


def run():
    return one() + Two().get() + LIMIT
