from m import LIMIT, f
