FLAG = True

if True:

    def f(a=1):
        return "then", a

else:

    def f(b, c=2):
        return "else", b, c
