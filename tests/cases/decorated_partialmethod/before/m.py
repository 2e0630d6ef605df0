from functools import partialmethod


class Lamp:
    state = None

    def switch(self, on):
        self.state = on
        return self.state

    turn_on = partialmethod(switch, True)
    turn_off = partialmethod(switch, False)
