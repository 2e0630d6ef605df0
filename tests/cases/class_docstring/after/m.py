class Cart:
    """Holds items and prices."""

    def __init__(self):
        self.items = []
