class Pool:
    size = 2
    workers = []
    label = "pool"

    def add(self):
        self.workers.append("worker")
        return len(self.workers)
