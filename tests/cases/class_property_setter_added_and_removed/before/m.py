class Temp:
    _c = 1

    @property
    def c(self):
        return self._c
