LOG = []


class Tracking(type):
    def __new__(mcls, name, bases, namespace):
        LOG.append(("meta", name))
        return super().__new__(mcls, name, bases, namespace)


class Plugin(metaclass=Tracking):
    found = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if cls.__name__ in Plugin.found:
            raise RuntimeError(f"{cls.__name__} registered twice")
        Plugin.found[cls.__name__] = cls


class Csv(Plugin):
    LOG.append("body")

    def read(self):
        return "csv"
