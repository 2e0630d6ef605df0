from errors import Failure


def run():
    try:
        raise Failure
    except Failure as error:
        return error.code, str(error)
