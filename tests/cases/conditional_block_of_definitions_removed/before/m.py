X = 1
if X:

    def f():
        return 1

else:

    def f():
        return 2
