_NEW = {"fresh": 1}


def __getattr__(name):
    try:
        return _NEW[name]
    except KeyError:
        raise AttributeError(name) from None


def __dir__():
    return ["fresh"]
