class Box[T]:
    def __init__(self, item: T):
        self.item = item

    def get(self) -> T:
        return [self.item]

    def map[R](self, f) -> 'Box[R]':
        return Box(f(self.item))


class Stack(list[int]):
    def top(self):
        return super().__len__(), self[-1]
