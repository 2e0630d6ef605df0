def area(w, h):
    return w * h


class Rect:
    def __init__(self, w, h):
        self.w, self.h = w, h

    def size(self):
        return area(self.w, self.h)
