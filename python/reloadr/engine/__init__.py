"""A batch of edits becomes live."""
