def a():
    return "ö"
