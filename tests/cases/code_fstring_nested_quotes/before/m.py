def a(d):
    return d["k"]
