def route(message):
    match message:
        case {"kind": "add", "x": x, "y": y}:
            return x + y
        case {"kind": "sub", "x": x, "y": y} if (rest := x - y) >= 0:
            return rest
        case _:
            return "unknown"
