from m import half
