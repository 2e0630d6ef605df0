def first[K: str, *Rest](items: dict[K, int]) -> K:
    return items[0]
