import sys

if hasattr(sys, "no_such_thing"):
    other = sys.no_such_thing
else:
    other = 5

    def spare():
        return 1


if hasattr(sys, "version"):
    hints = sys.intern
    gone = 7
else:

    def strip(x):
        return x

    def hints(x):
        return "own"
