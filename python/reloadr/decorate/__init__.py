"""`@autoreload`."""
