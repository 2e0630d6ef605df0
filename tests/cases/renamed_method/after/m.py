class Cart:
    def put(self, item, count):
        entry = (item, count)
        return entry

    def fill(self):
        return self.put("x", 1)
