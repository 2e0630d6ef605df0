TOTAL = 1 + \
    2
def a(x,
      y=(
          1)):
    return x - \
        y