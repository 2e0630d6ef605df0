import itertools

counter = itertools.count()

if next(counter):

    def which():
        return "if"
else:
    NAME = "else"

    def which():
        return NAME
