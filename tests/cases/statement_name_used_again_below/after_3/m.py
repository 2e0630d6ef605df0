LOG = []


def fields(*names):
    LOG.append(names)
    return list(names)


class First:
    pass


_f = fields("a", "b", "x")
First.fields = _f
total = len(_f)
