FLAG = True

if not False:

    def f(a=9):
        return "then", a

else:

    def f(b, c=3):
        return "else", b, c
