SESSIONS = {}
COUNT: int = 0
NAMES: list = ["a"]


class Pool:
    taken = []
