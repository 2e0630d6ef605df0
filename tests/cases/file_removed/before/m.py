import part


def run():
    return part.get()
