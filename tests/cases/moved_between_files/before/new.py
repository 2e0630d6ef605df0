def here():
    return "here"
