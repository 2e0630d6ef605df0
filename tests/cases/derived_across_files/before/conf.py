HOST = 'a'
