class Cart:
    """Holds items."""

    def __init__(self):
        self.items = []
