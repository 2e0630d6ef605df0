x: int = 1
y: bytes
z: list[int] = []
