"""Pydantic: what its models compute from their schemas is compiled, and says nothing more than they do."""

from __future__ import annotations

from reloadr.plugins import Plugin

plugin = Plugin(
    "pydantic",
    computed=["pydantic_core._pydantic_core.SchemaSerializer", "pydantic_core._pydantic_core.SchemaValidator"],
)
