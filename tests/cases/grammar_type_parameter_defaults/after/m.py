class Box[T = int]:
    def get(self, item: T) -> T:
        return [item]


def pick[K = str, *Rest = *tuple[int, ...]](value: K) -> K:
    return (value,)
