from abc import ABC, abstractmethod


class Job(ABC):
    def run(self):
        return "ran"


class Nap(Job):
    pass
