def table(rows):
    return {k: [v * 2 for v in vs if v > 1] for k, vs in rows.items()}


def lazy(rows):
    return (row + 1 for row in rows)
