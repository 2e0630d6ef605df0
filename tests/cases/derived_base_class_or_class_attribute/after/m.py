LIMIT = 20


class Page:
    size = LIMIT
    half: int = LIMIT // 2

    def items(self, n=LIMIT):
        return n, self.size, LIMIT
