class Registry:
    kinds = {"a": 1}

    @classmethod
    def known(cls):
        return sorted(cls.kinds, reverse=True)

    @staticmethod
    def normal(name):
        return name.strip().lower()
