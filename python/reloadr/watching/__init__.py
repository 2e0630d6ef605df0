"""Saves that are applied by themselves."""
