def a(x):
    text = f"{x!r:>{len(x) + 2}}|{x + f'{x=}'}"
    return (
        text
        + Rf"\d{x}"
        + u"u"
        + """three
def not_a_definition():
    pass
"""
    )
