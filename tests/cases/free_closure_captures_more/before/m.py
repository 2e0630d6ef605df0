def counter(start, step):
    count = start

    def advance():
        nonlocal count
        count += 1
        return count

    def peek():
        return count, step

    return advance, peek
