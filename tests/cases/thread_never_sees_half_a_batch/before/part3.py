VALUE = "old"


def get():
    return "old"


class Holder:
    def get(self):
        return "old"
