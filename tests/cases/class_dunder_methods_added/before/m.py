class Vec:
    def __init__(self, *xs):
        self.xs = xs
