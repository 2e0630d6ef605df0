type Pair[T] = list[T]
type Names = Pair[str]
