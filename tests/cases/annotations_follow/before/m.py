def load(path: str, count: int = 1) -> list[str]:
    return [path] * count
