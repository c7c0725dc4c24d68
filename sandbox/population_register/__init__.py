"""The national population register in a box: signed answers over mutual TLS about 10,000 people whom nobody bears."""
