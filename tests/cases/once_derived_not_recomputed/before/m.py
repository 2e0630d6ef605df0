LIMIT = 1
TABLE = [LIMIT]  # reloadr: once
OTHER = [LIMIT]
