def a():
	return 1

class C:
	def b(self):
		if self:
			return 2
