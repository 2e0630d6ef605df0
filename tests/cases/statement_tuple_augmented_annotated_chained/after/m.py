a, b = 1, 3
c = d = [0]
total = 10
total += 5
named: float = 2.5
first, *rest = "pqrs"
