__all__ = ["last", "statistics"]


def last(values):
    return values[-1]


def statistics(values):
    return {"least": min(values), "most": max(values)}
