"""Which branches run, and what statements and expressions give.

Runs statements. Whether a `try` failed, or what a condition with effects gave, is not asked again: what the branch
that ran has bound is there (`evidence.py`). A block that is new, or goes another way, runs as a whole, with a mark in
the place of each definition; a mark that is bound tells that it was come by.
"""
