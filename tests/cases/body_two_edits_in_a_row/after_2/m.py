def greet(name):
    return "good day " + name + "!"
