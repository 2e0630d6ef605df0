import json
import os.path as ospath
from collections import Counter, deque as Queue


def encode(value):
    return json.dumps(Counter(value)), ospath.basename("a/b"), list(Queue([1]))
