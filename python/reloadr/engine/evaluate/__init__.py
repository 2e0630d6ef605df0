"""Which branches run, and what expressions give."""
