STATE = {"n": 2}
LIMIT = 10
NAME = "ÿþ"
