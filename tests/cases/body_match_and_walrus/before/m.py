def route(message):
    if message["kind"] == "add":
        return message["x"] + message["y"]
    return None
