class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        cls.count = getattr(cls, "count", 0) + 1
        return made


class Job(metaclass=Meta):
    pass
