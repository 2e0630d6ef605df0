# -*- coding: latin-1 -*-
# äöü
def a():
    return "ö" + "ä".upper()


def b():
    "ää"; return 2
