"""Clients that ask a server all the time, each request over a connection of its own."""

import http.client
import threading


class Clients:
    """They ask until the end of a `with`; `lost` is what was no answer."""

    def __init__(self, port, count=8, path="/"):
        self.lost = []
        self.count = 0
        self._asked = port, path
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(count)]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for each in self._threads:
            each.join(30)

    def _ask(self):
        while not self._stop.wait(0.02):
            try:
                if (status := asked(*self._asked)[0]) != 200:
                    self.lost.append(status)
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
            self.count += 1


def asked(port, path="/"):
    """Status and words of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode().split()
    finally:
        connection.close()
