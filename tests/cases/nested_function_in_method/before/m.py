class Button:
    def __init__(self):
        self.label = "ok"

    def handler(self):
        def clicked(event):
            return f"{self.label} {event}"

        return clicked
