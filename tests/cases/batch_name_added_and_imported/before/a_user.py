from z_lib import one


def run():
    return one()
