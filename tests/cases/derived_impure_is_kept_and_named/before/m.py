from db import connect

URL = "db://old"
RETRIES = 1
db = connect(URL)


def query():
    return db.url
