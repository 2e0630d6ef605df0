class Command:
    known = {}

    def __init_subclass__(cls, name, **options):
        super().__init_subclass__(**options)
        assert name not in Command.known
        Command.known[name] = cls


class Build(Command, name="build"):
    def run(self):
        return "build"
