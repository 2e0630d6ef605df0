def area(r):
    """The area of a circle.

    In square metres.
    """
    return 3 * r * r


class Shape:
    def draw(self):
        "Draws."
        return "drawn"

    @property
    def side(self):
        """New side."""
        return 1
