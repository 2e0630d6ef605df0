tool = ['a']
