def count():
    n = 0
    while True:
        n += 10
        yield n
