import os


class Files:
    if os.sep == "/":

        def join(self, a, b):
            return f"{a}/{b}"[1:]

    else:

        def join(self, a, b):
            return a
