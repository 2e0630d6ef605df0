class Parser:
    DELIMITER = ","
    QUOTE = '"'

    def split(self, line, by=DELIMITER, *, quote=QUOTE):
        return line.split(by), quote
