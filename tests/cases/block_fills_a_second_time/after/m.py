FLAG = True
NAMES = ["plain"]
if FLAG and len("x"):
    NAMES.append("more")
    COUNT = len(NAMES)
