from dataclasses import dataclass, field


@dataclass
class Config:
    port: int = 80
    hosts: list = field(default_factory=lambda: ["a"])
