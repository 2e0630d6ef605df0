class Account:
    def __init__(self, balance):
        self.balance = balance

    def deposit(self, n):
        self.balance += n
        return self.balance

    def audit(self):
        return "audit"


class Savings(Account):
    pass
