"""What each kind of edit does."""
