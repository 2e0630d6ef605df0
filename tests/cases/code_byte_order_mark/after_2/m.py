def a():
    return "ü"
