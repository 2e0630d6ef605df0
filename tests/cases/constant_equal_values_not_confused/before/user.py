from conf import RETRIES, WORKERS

DEPTH = 3
