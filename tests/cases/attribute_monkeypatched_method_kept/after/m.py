class Client:
    def send(self):
        return "real"

    def close(self):
        return "closed twice"
