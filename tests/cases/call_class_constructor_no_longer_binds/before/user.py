from m import Job


def make():
    return Job("a")
