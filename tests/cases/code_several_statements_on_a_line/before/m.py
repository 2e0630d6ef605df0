def a(): return 1
def b(): x = 1; y = 2; return x + y
class C: z = 3; w = 4
A = 1; B = 2; LOG = []; LOG.append("ran")
def c(): return A, B; return None
