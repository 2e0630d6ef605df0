try:
    from fast_and_absent import dumps
except ImportError:
    dumps = None


if dumps is None:

    def encode(value):
        return "slow:" + repr(value)

else:

    def encode(value):
        return dumps(value)
