def area(width, height=2, depth=1):
    return width * height * depth
