"""Why a chip is refused: stable words, part of the product's API. What each says to people stands in the catalogue."""

from enum import StrEnum


class Code(StrEnum):
    """In the order in which a chip is verified; what comes first is what is said."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    SOD_MISSING = "sod_missing"
    NOT_DER = "not_der"
    CONTENT_TYPE_MISMATCH = "content_type_mismatch"
    DSC_MISSING = "dsc_missing"
    ALGORITHM_MISMATCH = "algorithm_mismatch"
    CSCA_UNKNOWN = "csca_unknown"
    DSC_SIGNATURE_INVALID = "dsc_signature_invalid"
    CSCA_NOT_CA = "csca_not_ca"
    DSC_IS_CA = "dsc_is_ca"
    DSC_KEY_USAGE = "dsc_key_usage"
    WEAK_HASH = "weak_hash"
    EC_PARAMS_UNKNOWN = "ec_params_unknown"
    KEY_UNSUPPORTED = "key_unsupported"
    KEY_TOO_WEAK = "key_too_weak"
    MESSAGE_DIGEST_MISMATCH = "message_digest_mismatch"
    SOD_SIGNATURE_INVALID = "sod_signature_invalid"
    SIGNING_TIME_FUTURE = "signing_time_future"
    DSC_EXPIRED_AT_SIGNING = "dsc_expired_at_signing"
    DSC_NOT_YET_VALID = "dsc_not_yet_valid"
    DSC_EXPIRED = "dsc_expired"
    CSCA_EXPIRED_AT_ISSUANCE = "csca_expired_at_issuance"
    CRL_INVALID = "crl_invalid"
    DSC_REVOKED = "dsc_revoked"
    DG_NOT_IN_SOD = "dg_not_in_sod"
    DG_HASH_MISMATCH = "dg_hash_mismatch"
    DG_MISSING = "dg_missing"
    DG_MALFORMED = "dg_malformed"
    MRZ_INVALID = "mrz_invalid"
    MRZ_CHECK_DIGIT = "mrz_check_digit"
    ISSUER_NOT_ACCEPTED = "issuer_not_accepted"
    DOCUMENT_TYPE = "document_type"
    DG_INCONSISTENT = "dg_inconsistent"
    ID_NUMBER_INCONSISTENT = "id_number_inconsistent"
    DOCUMENT_EXPIRED = "document_expired"
    FACE_INVALID = "face_invalid"
    AA_MISSING = "aa_missing"
    AA_CHALLENGE_MISMATCH = "aa_challenge_mismatch"
    AA_INVALID = "aa_invalid"
    # Not the chip's fault: the number is somebody's already. Said by the flow that knows who is known.
    IDENTITY_ALREADY_BOUND = "identity_already_bound"


class ChipRefused(Exception):
    """`reason` is for logs and officers: words of a specification, nothing that was read from the card."""

    def __init__(self, code: Code, reason: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.reason = reason
