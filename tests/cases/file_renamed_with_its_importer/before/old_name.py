STATE = []


def get():
    STATE.append(1)
    return len(STATE)
