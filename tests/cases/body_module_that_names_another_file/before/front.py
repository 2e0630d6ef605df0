"""The front, which shows what is behind it."""

import sys

import behind

for name, value in vars(behind).items():
    if name not in globals():
        globals()[name] = value
__file__ = behind.__file__
