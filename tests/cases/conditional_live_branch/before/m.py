import sys

if sys.version_info >= (3, 99):

    def pick(items):
        return "future"

elif sys.platform:

    def pick(items):
        return items[0]

else:

    def pick(items):
        return "none"
