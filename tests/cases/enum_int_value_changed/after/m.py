from enum import IntEnum


class Port(IntEnum):
    HTTP = 8080
    SSH = 22
