"""Standards, rubrics, scales, and the mathematics of agreement. Pure: no I/O but reading what is shipped."""
