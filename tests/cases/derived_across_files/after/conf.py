HOST = "b"
