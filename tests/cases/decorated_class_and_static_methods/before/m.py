class Registry:
    kinds = {"a": 1}

    @classmethod
    def known(cls):
        return sorted(cls.kinds)

    @staticmethod
    def normal(name):
        return name.lower()
