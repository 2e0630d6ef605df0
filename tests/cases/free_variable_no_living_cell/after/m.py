def tagger(tag):
    extra = tag.upper()

    def apply(text):
        return f"{tag}:{extra}:{text}"

    return apply
