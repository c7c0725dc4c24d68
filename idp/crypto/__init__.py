"""Machines of cryptography: keys, tokens, hashes. Flows hand it rows and instants; it reads no table and no clock."""
