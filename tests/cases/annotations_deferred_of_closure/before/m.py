def make(kind):
    def one(a: int): return kind
    def two(b: str) -> bytes: return kind
    def three(c): return kind
    def four(d: int): return kind
    return one, two, three, four
