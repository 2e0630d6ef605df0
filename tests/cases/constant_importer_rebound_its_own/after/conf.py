MODE = "b"
