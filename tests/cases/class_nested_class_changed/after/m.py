class Outer:
    class Meta:
        table = "rows"

        def name(self):
            return self.table.upper()

    class Extra:
        x = 1

    def meta(self):
        return self.Meta()
