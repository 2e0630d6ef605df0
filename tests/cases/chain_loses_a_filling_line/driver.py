"""What a line that is gone had put into a list is not in the new list."""


def setup():
    import m

    return m


def check(m, report):
    assert m.__all__ == ["first", "fourth", "third"], m.__all__
