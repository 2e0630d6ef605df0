from typing import overload


@overload
def parse(text: str) -> str: ...
@overload
def parse(text: bytes, strict: bool = ...) -> bytes: ...
def parse(text, strict=False):
    return text, strict
