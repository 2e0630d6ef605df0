class Grid:
    WIDTH = 3
    HEIGHT = 2
    AREA = WIDTH * HEIGHT
    cells = [None] * AREA

    def index(self, x, y=HEIGHT):
        return x * y
