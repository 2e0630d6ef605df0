def build(n):
    return lambda x: (lambda y: n * 100 + x * 10 + y)


def key_for(names):
    return {name: (lambda item, name=name: item.get(name)) for name in names}
