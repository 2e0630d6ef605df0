def a():
	return 10


class C:
	x = 1

	def b(self):
		if self:
			return self.x + 20
