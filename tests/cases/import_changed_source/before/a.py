def tool():
    return "a"
