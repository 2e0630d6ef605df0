class Pool:
    size = 2
    workers = []
    label = "pool"

    def add(self):
        self.workers.append("w")
        return len(self.workers)
