FLAG = True

if False:

    def f(a=1):
        return "then", a

else:

    def f(b, c=3):
        return "else", b, c
