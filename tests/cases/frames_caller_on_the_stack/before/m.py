class App:
    def __init__(self, hook):
        self.hook = hook

    def run(self):
        self.hook()
        return self.render()

    def render(self):
        return "old"
