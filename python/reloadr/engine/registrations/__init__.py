"""What definitions are registered in, and how an entry there follows its definition."""
