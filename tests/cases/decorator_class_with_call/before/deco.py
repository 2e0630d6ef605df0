class Memo:
    def __init__(self, function):
        self.function = function
        self.known = {}

    def __call__(self, key):
        if key not in self.known:
            self.known[key] = self.function(key)
        return self.known[key]
