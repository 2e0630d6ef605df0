import conf


def fetch(url, retries=conf.RETRIES):
    return url, retries
