def vat(net):
    return net * 19 // 100
