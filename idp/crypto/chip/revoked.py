"""Whether a revocation list that was checked when it came in names a signer: all that is asked of it afterwards.

It needs no reader of ASN.1 but the library's own, so that the process that issues tokens may ask.
"""

from cryptography import x509


def names(der: bytes, serial: str) -> bool:
    """`serial` in hexadecimal digits. Whatever the reason: a certificate on hold signs nothing either."""
    return x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(int(serial, 16)) is not None
