"""Edits on Dask: a save is live on all workers of a cluster, or in none, and one report says so.

client = Client(...)
reloadr.dask.watch(client, "shop")
"""

from __future__ import annotations

from reloadr.dask.client import Cluster, watch

__all__ = ["Cluster", "watch"]
