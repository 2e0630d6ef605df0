MODE = "first"
MODE = "second"
OTHER = 1
