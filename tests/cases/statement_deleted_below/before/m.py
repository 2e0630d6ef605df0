tmp = 3
value = tmp * 2
del tmp
