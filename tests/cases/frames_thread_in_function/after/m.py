import threading

inside = threading.Event()
leave = threading.Event()
results = []


def worker():
    inside.set()
    leave.wait(30)
    results.append(finish())


def finish():
    return "new"
