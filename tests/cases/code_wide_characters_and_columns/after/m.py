def größe(naïve):
    "日本語"; ergebnis = "ſ😀" + naïve; return ergebnis


def show(x):
    "😀😀"; return größe("é" + x) or boom("🎉", 1 / 0)
