def named(label):
    def decorate(function):
        def wrapper(*args):
            return label, function(*args)

        wrapper.label = label
        return wrapper

    return decorate
