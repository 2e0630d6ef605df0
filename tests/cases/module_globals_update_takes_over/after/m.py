import math

_NAMES = ["pi", "tau", "inf"]
globals().update({name: getattr(math, name) for name in _NAMES if hasattr(math, name)})
globals()["nan"] = math.nan


def known():
    return sorted(name for name in globals() if name in ("pi", "tau", "e", "inf", "nan"))
