from enum import IntEnum, StrEnum


class Port(IntEnum):
    HTTP = 80
    HTTPS = 443


class Role(StrEnum):
    ADMIN = "admin"
    GUEST = "guest"
