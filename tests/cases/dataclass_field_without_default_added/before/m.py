from dataclasses import dataclass, field


@dataclass
class Job:
    name: str
