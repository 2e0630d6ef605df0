def fetch_rows(query, limit):
    found = [query] * limit
    return found
