def limit(items, count=3):
    return items[:count]
