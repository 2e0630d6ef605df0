from dataclasses import dataclass


class Size:
    w: int = 1
