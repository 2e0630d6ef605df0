FLAG = True
if FLAG:

    def helper():
        return 1

    VALUE = helper()
    del helper
