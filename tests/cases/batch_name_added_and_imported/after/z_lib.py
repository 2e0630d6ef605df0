LIMIT = 100


def one():
    return 10


class Two:
    def get(self):
        return 2
