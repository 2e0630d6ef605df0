def dump(value):
    import json

    return json.dumps(value, indent=0)
