"""Whether something may be evaluated unseen, and whether two values are the same."""
