"""Processes on several machines run one text: the log of its versions, and the way of a save to all of them."""
