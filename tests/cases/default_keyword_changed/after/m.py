def page(items, *, size=2, cursor=0, reverse=False):
    return items[:size], cursor
