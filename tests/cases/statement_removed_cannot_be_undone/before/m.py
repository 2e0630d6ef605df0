import bus


def handler():
    return 1


bus.SUBSCRIBED.append(handler)
