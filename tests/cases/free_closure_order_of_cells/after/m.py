def window(low, high):
    def inside(x):
        return not (high < x or x < low)

    return inside
