import sys

if sys.maxsize < 0:

    def size():
        return "small"

    class Small:
        pass

else:

    def size():
        return "big"
