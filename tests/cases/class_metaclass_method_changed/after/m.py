class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = cls.__name__
        return made

    def __len__(cls):
        return 7


class Thing(metaclass=Meta):
    pass
