tool = ["a"]
