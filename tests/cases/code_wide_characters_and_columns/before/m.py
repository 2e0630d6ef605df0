def größe(naïve):
    return naïve


def show(x):
    "😀"; return größe(x)
