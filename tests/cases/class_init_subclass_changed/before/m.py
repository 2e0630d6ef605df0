class Base:
    names = []

    def __init_subclass__(cls):
        Base.names.append(cls.__name__)


class One(Base):
    pass
