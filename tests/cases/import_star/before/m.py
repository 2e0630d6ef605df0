from lib import *


def run():
    return one()
