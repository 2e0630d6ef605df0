import threading

inside = threading.Event()
leave = threading.Event()
results = []


def worker():
    inside.set()
    leave.wait(20)
    results.append(finish())


def finish():
    return "old"
