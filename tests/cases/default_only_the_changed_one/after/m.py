calls = []


def noted(value):
    calls.append(value)
    return value


def send(to, retries=noted(5), queue=[], *, timeout=noted(10), headers={}):
    queue.append(to)
    headers[to] = timeout
    return retries, timeout, queue, headers
