def tool():
    return 'a'
