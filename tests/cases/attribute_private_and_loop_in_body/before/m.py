class Codes:
    __secret = 1
    for _n in range(2):
        locals()[f"code_{_n}"] = _n

    def secret(self):
        return self.__secret
