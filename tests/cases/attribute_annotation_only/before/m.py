class Point:
    x: int
    y: int = 0
