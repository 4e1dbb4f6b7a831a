"""Faults of a request, and a server that cannot take it: errors that are answered in words.

    UserError                 the base, in `contract.errors`
      StartupError            the server cannot start with this pair, device or setting
      Overloaded              too many pictures are waiting; a later request may work
      NotReady                the models are not warmed up yet, or the server is stopping
      RequestError            a request that cannot be answered
        NoPicture             a request without a picture
        TooManyPictures       more pictures than one request may hold
        RequestTooLarge       a body with too many bytes
        RequestTooSlow        a body that does not arrive in time
        UnknownEncoding       a Content-Encoding that is not supported
        BadEncoding           a body that does not match its Content-Encoding
        NotSupported          a part of a protocol that this server does not offer
        UnknownParameter      a parameter in the query that does not exist
        BadTemperature        a temperature that cannot be used
        BadCoverage           a coverage level without prediction sets
        BadTensor             a tensor that does not fit the models
        UnknownModel          a model name other than hard and smoothed
      PictureError            a picture that the models cannot take: `contract.pictures.errors`

Each has a stable `code` for programs, and a message for people that says what is wrong and what to
do. `serve.rest.common.error_answers` alone maps errors to HTTP status codes.
"""

from __future__ import annotations

from contract.errors import UserError


class StartupError(UserError):
    code = "startup"


class Overloaded(UserError):
    code = "overloaded"


class NotReady(UserError):
    code = "not_ready"


class RequestError(UserError):
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


class UnknownParameter(RequestError):
    code = "unknown_parameter"


class BadTemperature(RequestError):
    code = "bad_temperature"


class BadCoverage(RequestError):
    code = "bad_coverage"


class BadTensor(RequestError):
    code = "bad_tensor"


class UnknownModel(RequestError):
    code = "unknown_model"
