"""Judges random edits by `reloadr.verify()`: where it and their own comparison disagree about what is live.

    python tests/judge_edits.py [--first 0] [--count 20] [--saves 12] [--verbose]

Each history of `tests/live/test_random_edits.py` is played in this process; after each save that was applied, the
process is compared with fresh ones too. What is found there and no report has named is a disagreement; exit status 1 if
there is one.
"""

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "live"))

import test_random_edits


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge random edits by reloadr.verify().")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--saves", type=int, default=test_random_edits.SAVES)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    sys.dont_write_bytecode = True
    total: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for seed in range(options.first, options.first + options.count):
            saves = list(range(options.saves))
            failure, counts = test_random_edits.run(Path(folder), seed, saves, test_random_edits.ITEMS, proves=True)
            total += counts
            if failure:
                wrong += 1
                print(failure if options.verbose else failure.split("--- report")[0], flush=True)
    print(f"{options.count} histories, {total['proofs']} proofs, {wrong} that disagree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
