from json import dumps

limits = {"shared": 1}
spare = ["spare"]
encode = dumps
