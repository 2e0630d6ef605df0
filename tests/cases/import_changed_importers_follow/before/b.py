tool = ["b"]
