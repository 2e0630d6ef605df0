LOG = []


def fields(*names):
    LOG.append(names)
    return list(names)


class First:
    pass


_f = fields("a", "b")
First.fields = _f
total = len(_f)
