tool = ['b']
