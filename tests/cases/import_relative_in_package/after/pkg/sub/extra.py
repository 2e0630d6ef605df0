TAIL = "!"
