from m import Movie
