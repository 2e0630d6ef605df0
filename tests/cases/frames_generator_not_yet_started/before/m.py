def items():
    yield "old"
