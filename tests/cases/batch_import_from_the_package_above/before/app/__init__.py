from .wide import wide
from .narrow import narrow
