SESSIONS: dict[str, object] = {}
COUNT: float = 0
NAMES = ["a"]


class Pool:
    taken: list[object] = []
