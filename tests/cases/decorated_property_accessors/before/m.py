class Thermo:
    def __init__(self):
        self._celsius = 20

    @property
    def fahrenheit(self):
        return self._celsius * 9 / 5

    @fahrenheit.setter
    def fahrenheit(self, value):
        self._celsius = value

    @fahrenheit.deleter
    def fahrenheit(self):
        self._celsius = None
