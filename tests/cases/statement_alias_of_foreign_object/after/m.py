import json
import shared

encode = json.loads
limits = {"own": 1}
