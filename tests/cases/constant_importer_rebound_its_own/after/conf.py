MODE = 'b'
