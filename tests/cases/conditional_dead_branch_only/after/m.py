import sys

if sys.maxsize < 0:

    def size():
        return "tiny"

    class Small:
        x = missing_name

else:

    def size():
        return "big"
