"""Cases, judged by `reloadr.verify()`: it and the cases agree about what is live, or it is explained why not.

Some of them in each run; `python tests/judge_cases.py` judges all.
"""

import pytest
from judge_cases import EXPLAINED, one
from run_case import case_names, read_case

NAMES = [name for name in case_names() if read_case(name).unsupported() is None]


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES[::20])
def test_verify_agrees_with_a_case(name: str) -> None:
    """What it names as stale or in conflict, the report names."""
    _, found = one(name)
    assert isinstance(found, list), found
    assert bool(found) == (name in EXPLAINED), found


def test_what_is_explained_is_a_case() -> None:
    """The table has no rows of cases that are gone."""
    assert EXPLAINED.keys() <= set(case_names())
