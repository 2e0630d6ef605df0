from db import connect

URL = "db://new"
RETRIES = 1
db = connect(URL)


def query():
    return db.url
