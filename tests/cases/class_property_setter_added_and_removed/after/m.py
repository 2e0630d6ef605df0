class Temp:
    _c = 1

    @property
    def c(self):
        return self._c

    @c.setter
    def c(self, value):
        self._c = value
