HOST = 'b'
