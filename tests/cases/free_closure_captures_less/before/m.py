def formatter(prefix, suffix):
    def fmt(text):
        return prefix + text + suffix

    return fmt
