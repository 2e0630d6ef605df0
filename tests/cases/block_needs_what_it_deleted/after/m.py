FLAG = True
if FLAG and len("x"):

    def helper():
        return 1

    VALUE = helper() + 0
    del helper
