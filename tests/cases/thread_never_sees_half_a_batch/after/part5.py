VALUE = "new"


def get():
    return "new"


class Holder:
    def get(self):
        return "new"
