match = {"type": 1}
type = 2
case = print


def _(match, type=type):
    return match, type


class Case:
    match = type

    def type(self, case):
        return case
