a, b = 1, 2
c = d = []
total = 10
total += 5
named: int = 1
first, *rest = "xyz"
