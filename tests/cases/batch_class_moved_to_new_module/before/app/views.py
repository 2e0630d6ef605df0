from app.models import Group, User


def show(name):
    return User(name).hello()
