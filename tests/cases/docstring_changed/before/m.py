def area(r):
    """The area."""
    return 3 * r * r


class Shape:
    def draw(self):
        return "drawn"

    @property
    def side(self):
        """Old side."""
        return 1
