import itertools

counter = itertools.count()

if next(counter):

    def which():
        return "if 2"
else:
    NAME = "else 2"

    def which():
        return [NAME]

    def more():
        return [NAME, NAME]
