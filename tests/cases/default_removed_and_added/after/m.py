def area(width=7, height=2, depth=3):
    return width * height * depth
