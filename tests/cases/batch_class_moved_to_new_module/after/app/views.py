from app.models import Group
from app.users import User


def show(name):
    return User(name).hello()
