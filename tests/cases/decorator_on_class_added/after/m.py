def tagged(cls):
    cls.tag = cls.__name__.lower()
    return cls


@tagged
class Page:
    def show(self):
        return getattr(self, "tag", None)
