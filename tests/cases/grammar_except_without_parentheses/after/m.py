def safe(action):
    try:
        return action()
    except ValueError, KeyError:
        return "caught"
