"""Annotations that are evaluated when they are asked for (CPython 3.14 and later)."""
