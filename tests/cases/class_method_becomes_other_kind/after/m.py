class Tool:
    name = "tool"

    @property
    def label(self):
        return self.name

    @classmethod
    def make(cls):
        return cls.__name__

    def size(self):
        return 4
