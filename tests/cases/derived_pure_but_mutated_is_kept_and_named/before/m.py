SIZE = 3
cells = [0] * SIZE
limit = SIZE * 2


def fill(n):
    cells[0] = n
