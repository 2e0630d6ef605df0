"""What text says: outlines, edits, statements, code. Knows no living object."""
