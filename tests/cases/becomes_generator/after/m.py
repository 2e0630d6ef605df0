def rows(n):
    yield from range(n)


class Source:
    def lines(self):
        yield "a"
        yield "b"
