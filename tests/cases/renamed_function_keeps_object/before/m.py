def compute_total(items, tax):
    subtotal = sum(items)
    return subtotal + subtotal * tax


HANDLERS = {"total": compute_total}


def report(items):
    return compute_total(items, 1)
