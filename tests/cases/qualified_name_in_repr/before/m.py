class Outer:
    class Inner:
        def run(self):
            return 1
