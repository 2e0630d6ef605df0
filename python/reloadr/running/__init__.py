"""Running loops move to the new text: what it takes of sources, of code objects and of frames."""
