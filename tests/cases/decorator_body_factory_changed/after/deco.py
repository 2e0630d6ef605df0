def checked(kind):
    def decorate(function):
        def wrapper(value):
            if not isinstance(value, kind):
                return f"not {kind.__name__}"
            return function(value)

        return wrapper

    return decorate
