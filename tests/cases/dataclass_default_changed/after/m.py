from dataclasses import dataclass, field


@dataclass
class Config:
    port: int = 8080
    hosts: list = field(default_factory=lambda: ["a", "b"])
