def load(text):
    import json
    from collections import OrderedDict as Ordered

    try:
        return json.loads(text, object_pairs_hook=Ordered)
    except json.JSONDecodeError as error:
        return f"bad at {error.pos}"
    finally:
        del json
