def page(items, *, size=10, cursor=None):
    return items[:size], cursor
