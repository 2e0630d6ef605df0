class Tree:
    def left(self) -> Tree | NotYet:
        return 1
