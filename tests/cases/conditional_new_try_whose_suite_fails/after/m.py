try:
    Group = __builtins__.NoSuchThing
except AttributeError:
    LIMIT = 3

    class Group(Exception):
        def limit(self):
            return LIMIT

    if LIMIT > 5:

        def wide():
            return True
    else:

        def wide():
            return False
else:

    def wide():
        return None


def group():
    return Group
