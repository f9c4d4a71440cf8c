"""One file per step of the way of the data. Services never commit: the caller's transaction does."""
