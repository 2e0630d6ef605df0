def build(n):
    return lambda x: (lambda y: n + x + y)


def key_for(names):
    return {name: (lambda item, name=name: item[name]) for name in names}
