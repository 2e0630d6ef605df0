_NEW = {"fresh": 1}
