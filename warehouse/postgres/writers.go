package postgres

// Writers is how many transactions may usefully write side by side.
func (*database) Writers() int { return 4 }
