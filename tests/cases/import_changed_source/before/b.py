def tool():
    return "b"
