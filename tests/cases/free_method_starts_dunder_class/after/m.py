class Node:
    def kind(self):
        return (type(self).__name__, __class__.__name__)

    @staticmethod
    def owner():
        return __class__.__qualname__


class Leaf(Node):
    pass
