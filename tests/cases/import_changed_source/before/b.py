def tool():
    return 'b'
