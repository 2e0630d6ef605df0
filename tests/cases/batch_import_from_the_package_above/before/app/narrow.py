def narrow(text):
    return len(text)
