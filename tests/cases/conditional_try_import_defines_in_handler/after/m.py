try:
    from missing_lib import slug
except ImportError:

    def slug(text):
        return text.lower().replace(" ", "_")

try:
    from textwrap import shorten
except ImportError:

    def shorten(text, width):
        return text[: width - 1]
