def fail(n):
    return 1 / n


class Job:
    def run(self):
        raise ValueError("job")


def late():
    return [x / 0 for x in "ab"]
