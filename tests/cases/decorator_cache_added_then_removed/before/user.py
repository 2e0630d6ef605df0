from m import cost
