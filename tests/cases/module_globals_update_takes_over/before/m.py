import math

pi = math.pi
tau = math.tau
e = math.e


def known():
    return sorted(name for name in globals() if name in ("pi", "tau", "e", "inf", "nan"))
