import json

try:
    encode = json.dumps_fast

    class Encoder:
        pass
except AttributeError:

    def encode(value):
        return repr(value)


def both(value):
    return encode(value), encode(value)
