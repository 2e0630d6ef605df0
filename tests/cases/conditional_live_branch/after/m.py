import sys

if sys.version_info >= (3, 99):

    def pick(items):
        return "far future"

elif sys.platform:

    def pick(items):
        return items[-1]

else:

    def pick(items):
        return "none"
