from enum import IntEnum


class Port(IntEnum):
    HTTP = 80
    SSH = 22
