from m import Vec
