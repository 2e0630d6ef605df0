def table(rows):
    return {k: [v for v in vs if v] for k, vs in rows.items()}


def lazy(rows):
    return (row for row in rows)
