"""The words of Signoff as plain values and pure functions: no I/O, no clock, no framework."""
