class Account:
    def __init__(self, balance):
        self.balance = balance

    def deposit(self, n):
        self.balance += self.fee(n)
        return self.balance

    @staticmethod
    def fee(n):
        return n - 1

    @property
    def rich(self):
        return self.balance > 10

    @classmethod
    def empty(cls):
        return cls(0)


class Savings(Account):
    pass
