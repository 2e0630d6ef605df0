from abc import ABC, abstractmethod


class Store(ABC):
    @abstractmethod
    def load(self): ...

    @abstractmethod
    def save(self): ...


class Memory(Store):
    def load(self):
        return "loaded"

    def save(self):
        return "saved"


class Half(Store):
    def load(self):
        return "half"
