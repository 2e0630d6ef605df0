import json
import shared

encode = json.dumps
limits = shared.limits
spare = shared.spare
