try:
    fast = __builtins__.no_such_thing
    kind = "fast"
except AttributeError:
    LIMIT = 4

    class Slow:
        step = 2

        def run(self):
            return LIMIT + self.step

        def stop(self):
            return "stopped"

    def make():
        return [Slow()]

    def make_two():
        return [*make(), *make()]
else:

    def make():
        return [fast]
