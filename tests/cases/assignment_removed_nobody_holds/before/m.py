OLD = 1
NEW = 2
