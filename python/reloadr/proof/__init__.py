"""Whether the process is what a fresh one would be: a description of each, and a comparison of three."""
