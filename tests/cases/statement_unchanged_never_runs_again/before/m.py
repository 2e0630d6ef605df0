import threading

import log

LOCK = threading.Lock()
log.EVENTS.append("opened")
CACHE = {}
for name in ("a", "b"):
    CACHE[name] = object()
with open(__file__) as _file:
    log.EVENTS.append("read")
assert not log.EVENTS.append("asserted")
_counter = log.EVENTS.append("counted") or 0
_worker = threading.Thread(target=lambda: log.EVENTS.append("thread"))
_worker.start()
_worker.join()


def work():
    return len(CACHE)
