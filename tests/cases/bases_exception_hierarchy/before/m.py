class AppError(Exception):
    pass


class NotFound(Exception):
    pass


def guarded(action):
    try:
        return action()
    except AppError as error:
        return f"handled {type(error).__name__}"
