from dataclasses import dataclass, field


@dataclass
class Order:
    sku: str
    count: int = 1
    tags: list = field(default_factory=list)

    def __post_init__(self):
        self.key = self.sku.upper()

    def total(self):
        return self.count * 10
