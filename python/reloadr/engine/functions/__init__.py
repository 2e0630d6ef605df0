"""New code, defaults and closures for living functions."""
