import weakref

LISTENERS = weakref.WeakSet()


def listener(function):
    LISTENERS.add(function)
    return function


@listener
def on_save(name):
    return "saved " + name
