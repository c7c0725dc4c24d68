"""The portrait of DG2 (Doc 9303-10 §4.7.2, ISO/IEC 19794-5): whether there is a picture, and whether it can be seen.

Only JPEG and JPEG 2000 are decoded, and only within a number of pixels that is known before decoding.
"""

import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from idp.crypto.chip import data_groups, tlv
from idp.crypto.chip.policy import DG2
from idp.crypto.chip.result import Face
from idp.identity.chip_refusal import ChipRefused, Code

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS: Final = ("JPEG", "JPEG2000")
_GROUP, _TEMPLATE = 0x7F61, 0x7F60
_BLOCKS: Final = frozenset({0x5F2E, 0x7F2E})
# JPEG, a JPEG 2000 file, a bare JPEG 2000 code stream.
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51")
# Portraits have a third of a million. Four million take twelve megabytes and a few hundredths of a second.
_MOST_PIXELS: Final = 4_000_000
# A progressive JPEG has ten scans. Each goes over the whole picture, however few octets it has: thirty thousand of them
# fit into one file and take minutes.
_SCAN: Final = b"\xff\xda"
_MOST_SCANS: Final = 100
_SHOWN: Final = (360, 480)


def load_decoders() -> None:
    """Pillow takes a tenth of a second to import: a process that only waits for chips does it beforehand."""
    from PIL import Image, Jpeg2KImagePlugin  # noqa: F401, PLC0415

    Image.preinit()


def read(groups: Mapping[int, bytes], *, show: bool = False) -> Face:
    """Raises ChipRefused (`face_invalid`), for a group without a picture and for a picture that can't be seen."""
    try:
        image = _image(data_groups.content(groups, DG2))
    except ChipRefused as refused:
        raise ChipRefused(Code.FACE_INVALID, refused.reason) from None
    if image.count(_SCAN) > _MOST_SCANS:
        raise ChipRefused(Code.FACE_INVALID, "too many scans")
    from PIL import Image, Jpeg2KImagePlugin  # noqa: F401, PLC0415 - named, or Pillow loads all the formats it knows

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(image), formats=_FORMATS) as picture:
                width, height = picture.size
                # Before load: a header of a hundred octets may promise any number of pixels.
                if width * height <= _MOST_PIXELS:
                    picture.load()
                    return Face(picture.format or "", width, height, image, _jpeg(picture) if show else b"")
    except Exception as error:  # noqa: BLE001 - a decoder of strangers' pictures raises whatever it likes
        raise ChipRefused(Code.FACE_INVALID, type(error).__name__) from None
    raise ChipRefused(Code.FACE_INVALID, f"{width} x {height} pixels")


def _jpeg(picture: "Image") -> bytes:
    """Drawn anew: what a browser of ours gets was never a stranger's file."""
    small, written = picture.convert("RGB"), io.BytesIO()
    small.thumbnail(_SHOWN)
    small.save(written, "JPEG", quality=80)
    return written.getvalue()


def _image(inner: bytes) -> bytes:
    """From where the picture begins in the first biometric block: before it stand headers of several standards."""
    block = _block(inner)
    starts = [at for at in (block.find(mark) for mark in _BEGINNINGS) if at >= 0]
    if not starts:
        raise ChipRefused(Code.FACE_INVALID, "no picture")
    return block[min(starts) :]


def _block(inner: bytes) -> bytes:
    """BIT group, the first BIT, its biometric data block; a chip that has the block elsewhere is searched whole."""
    try:
        for group in tlv.elements(inner):
            for template in tlv.elements(group.value) if group.tag == _GROUP else ():
                for element in tlv.elements(template.value) if template.tag == _TEMPLATE else ():
                    if element.tag in _BLOCKS:
                        return element.value
    except tlv.TlvError:
        return inner
    return inner
