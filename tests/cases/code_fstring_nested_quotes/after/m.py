def a(d):
    return f"{d["k"]:{"<" + "4"}}{"\n".join(["a", f"{d["k"]}"])}"
