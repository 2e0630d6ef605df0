def area(r):
    return 3 * r * r


class Shape:
    def draw(self):
        "Draws."
        return "drawn"

    @property
    def side(self):
        """New side."""
        return 1
