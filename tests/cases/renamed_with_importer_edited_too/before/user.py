from m import fetch_rows


def run():
    return fetch_rows("q", 2)
