"""How each kind of thing is shown: one model that reads it, and one partial that prints it."""
