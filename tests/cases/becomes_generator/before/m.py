def rows(n):
    return list(range(n))


class Source:
    def lines(self):
        return ["a", "b"]
