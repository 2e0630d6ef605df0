import sys

made = []
plain = "old"


def get():
    return plain
