import operator

WIDE = operator.add(1, 1)


class Base:
    __slots__ = ()

    if operator.eq(WIDE, 2):

        def wide(self):
            return WIDE

    def first(self):
        return 0
