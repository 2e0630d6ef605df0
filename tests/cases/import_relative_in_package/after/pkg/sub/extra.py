TAIL = '!'
