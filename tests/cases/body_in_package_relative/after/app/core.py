from . import helpers


def run(value):
    return helpers.scale(value) + 1
