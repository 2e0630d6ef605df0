from m import Row


def make():
    return Row(1, "a")
