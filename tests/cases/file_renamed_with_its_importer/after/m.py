from new_name import get


def run():
    return get()
