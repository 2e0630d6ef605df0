class Settings:
    debug = True
    hosts = ["a"]
    base = 10
    limit = base * 3
    extra = [h.upper() for h in hosts]
    kind: str = 'x'
