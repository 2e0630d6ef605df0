import sys

if hasattr(sys, "no_such_thing"):
    hints = sys.intern
    gone = 7
else:

    def strip(x):
        return x

    def hints(x):
        return "own"
