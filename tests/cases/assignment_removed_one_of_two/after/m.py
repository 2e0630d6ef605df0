MODE = "first"
OTHER = 1
