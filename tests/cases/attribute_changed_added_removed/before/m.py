class Settings:
    debug = False
    hosts = ["a"]
    legacy = 1
    base = 10
    limit = base * 2
