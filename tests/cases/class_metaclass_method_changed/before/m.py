class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = "plain"
        return made

    def __len__(cls):
        return 1


class Thing(metaclass=Meta):
    pass
