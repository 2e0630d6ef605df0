LIMIT = 2
TABLE = [LIMIT]  # reloadr: once
OTHER = [LIMIT]
