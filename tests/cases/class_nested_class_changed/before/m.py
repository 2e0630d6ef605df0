class Outer:
    class Meta:
        table = "outer"

        def name(self):
            return self.table

    def meta(self):
        return self.Meta()
