def vat(net):
    return net * 20 // 100
