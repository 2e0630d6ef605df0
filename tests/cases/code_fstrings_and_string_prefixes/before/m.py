def a(x):
    return f"{x}"
