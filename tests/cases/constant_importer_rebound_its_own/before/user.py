from conf import MODE
