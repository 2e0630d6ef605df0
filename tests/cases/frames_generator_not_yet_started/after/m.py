def items():
    yield "new"
