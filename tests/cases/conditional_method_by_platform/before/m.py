import os


class Files:
    if os.sep == "/":

        def join(self, a, b):
            return a + "/" + b

    else:

        def join(self, a, b):
            return a + "?" + b
