# -*- coding: latin-1 -*-
def a():
    return "ä"  # ü


def b():
    "ää"; return 1
