from m import Point as P

ORIGIN = P(0, 0)
