from abc import ABC, abstractmethod


class Job(ABC):
    @abstractmethod
    def run(self):
        raise NotImplementedError


class Nap(Job):
    pass
