import conf
from conf import HOST

URL = "http://" + HOST
SAME = f"{conf.HOST}!"
SEEN = []
SEEN.append(HOST)
