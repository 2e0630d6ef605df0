try:
    fast = __builtins__.no_such_thing
    kind = "fast"
except AttributeError:
    LIMIT = 3

    class Slow:
        step = 1

        def run(self):
            return LIMIT

    def make():
        return Slow()
else:

    def make():
        return fast
