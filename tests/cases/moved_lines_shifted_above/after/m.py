# a comment
# and another


def helper():
    return "new"


def fail(n):
    return 1 / n


class Job:
    # inside the class
    def run(self):
        raise ValueError("job")


def late():
    return [x / 0 for x in "ab"]
