import conf
from conf import HOSTS
from conf import TIMEOUT as LIMIT


class Client:
    from conf import TIMEOUT as wait

    def limit(self):
        return LIMIT, HOSTS, conf.TIMEOUT
