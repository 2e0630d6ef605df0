"""The semantic diff alone: what an edit would do, with nothing imported and no process touched.

    python examples/plan_edit.py                  two texts
    python examples/plan_edit.py OLD.py NEW.py    two files

Prints a table, and the same as JSON for tools.
"""

import json
import sys
from pathlib import Path

import reloadr

OLD = '''\
import os

LIMIT = 10


class Cart:
    def add(self, item, count=1):
        """Adds something."""
        self.items.append((item, count))

    def total(self):
        return sum(count for _, count in self.items)


def load(path):
    return open(path).read()
'''

NEW = '''\
import os

# More than ten needs a licence.
LIMIT = 12


class Cart:
    def add(self, item, count=2):
        """Adds something."""
        self.items.append((item,
                           count))

    def sum(self):
        return sum(count for _, count in self.items)

    def clear(self):
        self.items.clear()


def load(path):
    with open(path) as file:
        return file.read()
'''


def main() -> None:
    if len(sys.argv) == 3:
        old, new = Path(sys.argv[1]), Path(sys.argv[2])
        plan = reloadr.plan(old, new)
    else:
        plan = reloadr.plan(OLD, NEW)
    print(plan)
    print(json.dumps(plan.to_dict()))


if __name__ == "__main__":
    main()
