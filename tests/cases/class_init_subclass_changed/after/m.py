class Base:
    names = []

    def __init_subclass__(cls):
        Base.names.append(cls.__name__.lower())


class One(Base):
    pass
