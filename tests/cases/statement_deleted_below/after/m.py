tmp = 4
value = tmp * 2
del tmp
