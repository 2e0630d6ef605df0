import conf


def fetch(url, retries=conf.RETRIES * 10, wait=conf.WAIT):
    return url, retries
