class Outer:
    class Inner:
        def run(self):
            return (lambda: 2)
