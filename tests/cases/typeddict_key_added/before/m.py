from typing import TypedDict


class Movie(TypedDict):
    title: str


class Sequel(Movie, total=False):
    of: str
