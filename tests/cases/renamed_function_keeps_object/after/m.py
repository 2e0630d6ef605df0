def grand_total(items, tax):
    subtotal = sum(items)
    return subtotal + subtotal * tax


HANDLERS = {"total": grand_total}


def report(items):
    return grand_total(items, 1)
