"""What can be wrong with a picture.

PictureError            a picture that the models cannot take
  EmptyPicture          a file without bytes
  PictureTooLarge       a file with too many bytes
  TooManyPixels         too many pixels, found before any is decoded
  UnknownFormat         a file in no supported format
  BrokenPicture         a file that is cut short or damaged
"""

from __future__ import annotations

from contract.errors import UserError


class PictureError(UserError):
    code = "bad_picture"


class EmptyPicture(PictureError):
    code = "empty"


class PictureTooLarge(PictureError):
    code = "too_large"


class TooManyPixels(PictureError):
    code = "too_many_pixels"


class UnknownFormat(PictureError):
    code = "unknown_format"


class BrokenPicture(PictureError):
    code = "broken"
