from dataclasses import dataclass, field


@dataclass
class Job:
    name: str
    owner: str
    log: list = field(default_factory=list)
