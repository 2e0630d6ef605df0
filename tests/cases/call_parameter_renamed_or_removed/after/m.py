class Mailer:
    def send(self, to, cc=None):
        return to


def clean(text, trim=True):
    return text, trim


def wipe(text):
    return clean(text, strip=False)
