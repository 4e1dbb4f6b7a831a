"""All errors that a user can cause, in one small tree.

    ServeError
      StartupError            the pair, the device or a setting: the server does not start
      Overloaded              too much waits already; later it may work
      NotReady                the models have not answered yet since the start
      RequestError            a request that cannot be answered
        NoPicture             no picture where one was expected
        TooManyPictures       more pictures than one request may hold
        RequestTooLarge       a body of too many bytes
        RequestTooSlow        a body that does not come
        UnknownEncoding       a Content-Encoding that is not read here
        BadEncoding           a body that does not match its Content-Encoding
        NotSupported          part of a protocol that this server does not offer
        BadTemperature        a temperature that cannot be used
        BadTensor             a tensor that is not what the models take
        UnknownModel          neither hard nor smoothed
      PictureError            a picture that cannot be shown to the models
        EmptyPicture          no bytes
        PictureTooLarge       too many bytes
        TooManyPixels         too many pixels, found before any is decoded
        UnknownFormat         no format that is read here
        BrokenPicture         cut short or damaged

Each has a `code`, stable for programs, and a message for people that names the value and the way
out. `serve.rest.common.error_answers` alone knows which HTTP status belongs to which.
"""

from __future__ import annotations


class ServeError(Exception):
    """Something that a user can put right."""

    code = "error"

    @property
    def message(self) -> str:
        return str(self)


class StartupError(ServeError):
    code = "startup"


class Overloaded(ServeError):
    code = "overloaded"


class NotReady(ServeError):
    code = "not_ready"


class RequestError(ServeError):
    code = "bad_request"


class NoPicture(RequestError):
    code = "no_picture"


class TooManyPictures(RequestError):
    code = "too_many_pictures"


class RequestTooLarge(RequestError):
    code = "too_large"


class NotSupported(RequestError):
    code = "not_supported"


class UnknownEncoding(RequestError):
    code = "unknown_encoding"


class BadEncoding(RequestError):
    code = "bad_encoding"


class RequestTooSlow(RequestError):
    code = "too_slow"


class BadTemperature(RequestError):
    code = "bad_temperature"


class BadTensor(RequestError):
    code = "bad_tensor"


class UnknownModel(RequestError):
    code = "unknown_model"


class PictureError(ServeError):
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
