from .. import util
from ..util import up as shout
from . import extra


def run(x):
    return shout(x) + util.up("b") + extra.TAIL
