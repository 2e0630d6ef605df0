class Mailer:
    def send(self, to, cc=None):
        return to


def clean(text, strip=True):
    return text


def wipe(text):
    return clean(text, strip=False)
