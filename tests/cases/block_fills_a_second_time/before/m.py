FLAG = True
NAMES = ["plain"]
if FLAG:
    NAMES.append("more")
