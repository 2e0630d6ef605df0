from dataclasses import KW_ONLY, dataclass


@dataclass
class Base:
    id: int
    created: str = 'now'


@dataclass
class User(Base):
    _: KW_ONLY
    name: str = ""


@dataclass
class Admin(User):
    level: int = 1
