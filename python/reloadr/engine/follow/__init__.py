"""Who reads a name that became another, and what was made from it."""
