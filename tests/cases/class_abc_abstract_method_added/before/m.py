from abc import ABC, abstractmethod


class Store(ABC):
    @abstractmethod
    def load(self): ...


class Memory(Store):
    def load(self):
        return "loaded"


class Half(Store):
    def load(self):
        return "half"
