"""The order of the tests."""

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each worker begins with its share of the long ones: at the end one of them would keep all others waiting. Those
    that reload in the worker itself go before those that load a framework there."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    long.sort(key=lambda item: "e2e" in item.path.parts)
    others = [item for item in items if not item.get_closest_marker("long")]
    share = -(-len(others) // workers)
    items[:] = [item for at in range(workers) for item in (*long[at::workers], *others[at * share : (at + 1) * share])]
