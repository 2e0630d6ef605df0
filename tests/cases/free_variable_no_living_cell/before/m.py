def tagger(tag):
    extra = tag.upper()

    def apply(text):
        return f"{tag}:{text}"

    return apply
