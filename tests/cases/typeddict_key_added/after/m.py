from typing import TypedDict


class Movie(TypedDict):
    title: str
    year: int


class Sequel(Movie, total=False):
    of: str
