class Point:
    x: float
    z: "Point"
    y: int = 0
