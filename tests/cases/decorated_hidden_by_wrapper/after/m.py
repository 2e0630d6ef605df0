SEEN = {}


def command(name):
    def decorate(function):
        if name in SEEN:
            raise RuntimeError(f"command {name} exists")

        class Command:
            __slots__ = ("callback",)

            def __call__(self, *args):
                return ["ran", self.callback(*args)]

        made = Command()
        made.callback = function
        SEEN[name] = made
        return made

    return decorate


@command("build")
def build(target):
    return target + '!'
