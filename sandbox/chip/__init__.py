"""A printing works in a box: a test CSCA, cards for the fictional people, and a reader that uploads them, truly or not.

It writes DER by hand and signs with keys that are made when it runs, so it shares no code with what verifies it.
"""
