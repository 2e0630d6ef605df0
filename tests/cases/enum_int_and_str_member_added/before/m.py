from enum import IntEnum, StrEnum


class Port(IntEnum):
    HTTP = 80


class Role(StrEnum):
    ADMIN = "admin"
