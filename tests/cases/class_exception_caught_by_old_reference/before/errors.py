class Failure(Exception):
    code = 1

    def __str__(self):
        return "failed"
