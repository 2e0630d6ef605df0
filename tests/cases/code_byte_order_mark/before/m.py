def a():
    return "ä"
