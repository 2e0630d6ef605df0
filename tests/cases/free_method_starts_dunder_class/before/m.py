class Node:
    def kind(self):
        return type(self).__name__

    @staticmethod
    def owner():
        return "?"


class Leaf(Node):
    pass
