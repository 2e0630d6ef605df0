from tax import vat as tax_of

RULES = {"vat": tax_of}
STEPS = [tax_of, abs]


def bill(net, rule=tax_of):
    return net + rule(net)
