"""The chip of the citizen card: ICAO Doc 9303 passive and active authentication of an upload that anybody may send.

`verify` is the way in; it answers, whatever it is given. `trust` holds the anchors, `workers` keeps all of this out of
the process that issues tokens. asn1crypto and Pillow are imported here only, so whoever never meets a chip never loads
them.
"""
