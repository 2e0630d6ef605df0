class Failure(Exception):
    code = 2

    def __str__(self):
        return f"failed {self.code}"
