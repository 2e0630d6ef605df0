import json

SIZE = 3
area = SIZE * SIZE


def helper():
    return json
