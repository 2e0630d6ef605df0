def window(low, high):
    def inside(x):
        return low <= x <= high

    return inside
