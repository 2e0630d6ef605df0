from deco import timed


@timed
def one():
    return 1


class Job:
    @timed
    def run(self):
        return "run"
