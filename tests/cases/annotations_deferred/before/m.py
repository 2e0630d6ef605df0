class Tree:
    def left(self) -> int:
        return 1
