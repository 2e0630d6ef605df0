def slug(text):
    return text.lower()


NAME = slug("Main")


def title():
    return NAME
