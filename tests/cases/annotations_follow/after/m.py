def load(path: bytes, count: float = 1) -> tuple[str, ...]:
    return [path] * count
