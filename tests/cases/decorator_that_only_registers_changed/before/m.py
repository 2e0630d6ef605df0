from deco import hook


@hook
def a():
    return "a"
