try:
    from missing_lib import slug
except ImportError:

    def slug(text):
        return text.replace(" ", "-")

try:
    from textwrap import shorten
except ImportError:

    def shorten(text, width):
        return text[:width]
