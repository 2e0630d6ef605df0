def make(kind):
    def one(a: list[int]): return kind
    def two(b: str) -> bytes: return kind
    def three(c: kind) -> "kind": return kind
    def four(d): return kind
    return one, two, three, four
