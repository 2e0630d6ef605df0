class AppError(Exception):
    pass


class NotFound(AppError):
    pass


def guarded(action):
    try:
        return action()
    except AppError as error:
        return f"handled {type(error).__name__}"
