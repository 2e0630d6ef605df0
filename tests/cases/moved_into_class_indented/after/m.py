class Rect:
    def __init__(self, w, h):
        self.w, self.h = w, h

    @staticmethod
    def area(w, h):
        return w * h

    def size(self):
        return self.area(self.w, self.h) + 1
