def greet(name):
    return t"hi {name}"
