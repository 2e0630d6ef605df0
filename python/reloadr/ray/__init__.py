"""Edits on Ray: a save is live in all actors, or in none, and in every task that is submitted from then on.

ray.init(...)
reloadr.ray.watch("shop")
"""

from __future__ import annotations

from reloadr.ray.client import Cluster, watch

__all__ = ["Cluster", "watch"]
