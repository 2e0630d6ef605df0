from dataclasses import dataclass


class Event:
    kinds = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if cls.__name__ in Event.kinds:
            raise TypeError(f"event {cls.__name__} is registered")
        Event.kinds[cls.__name__] = cls


@dataclass
class Created(Event):
    id: int
    by: str = 'system'
