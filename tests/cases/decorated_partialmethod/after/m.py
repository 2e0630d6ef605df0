from functools import partialmethod


class Lamp:
    state = None

    def switch(self, on):
        self.state = "on" if on else "off"
        return self.state

    turn_on = partialmethod(switch, True)
    turn_off = partialmethod(switch, False)
