class New:
    def first(self):
        return "first, changed", super().__init__()

    def other(self):
        return "second"

    def more_0(self):
        return "more", 0

    def more_1(self):
        return "more", 1

    def more_2(self):
        return "more", 2

    def more_3(self):
        return "more", 3
