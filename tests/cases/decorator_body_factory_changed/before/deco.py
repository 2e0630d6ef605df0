def checked(kind):
    def decorate(function):
        def wrapper(value):
            assert isinstance(value, kind)
            return function(value)

        return wrapper

    return decorate
