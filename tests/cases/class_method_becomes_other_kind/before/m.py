class Tool:
    name = "tool"

    def label(self):
        return self.name

    @staticmethod
    def make():
        return "static"

    size = 4
