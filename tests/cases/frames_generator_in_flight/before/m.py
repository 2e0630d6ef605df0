def count():
    n = 0
    while True:
        n += 1
        yield n
