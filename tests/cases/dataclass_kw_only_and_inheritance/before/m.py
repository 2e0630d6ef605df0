from dataclasses import KW_ONLY, dataclass


@dataclass
class Base:
    id: int


@dataclass
class User(Base):
    name: str = ""


@dataclass
class Admin(User):
    level: int = 1
