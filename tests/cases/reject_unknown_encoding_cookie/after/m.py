# -*- coding: no-such-codec -*-
STATE = {"n": 2}
