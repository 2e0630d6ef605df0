import m


def one():
    return m.send("a", "b")


def local():
    def send(x):
        return x

    return send(1)
