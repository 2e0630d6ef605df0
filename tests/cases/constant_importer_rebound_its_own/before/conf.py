MODE = 'a'
