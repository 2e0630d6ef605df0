from old_name import get


def run():
    return get()
