match = {"type": 1}
type = 2
case = print


def _(match, type=type):
    return type, match


class Case:
    match = type

    def type(self, case):
        return self.match, case
