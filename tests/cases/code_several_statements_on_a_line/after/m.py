def a(): return 10
def b(): x = 1; y = 20; return x + y
class C: z = 3; w = 5
A = 1; B = 22; LOG = []; LOG.append("ran")
def c(): return A, B; return None
