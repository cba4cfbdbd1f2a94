"""Error responses of the Bot API."""

from typing import Any

_PREFIXES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


class ApiError(Exception):
    """The answer is an error; `code` is also the HTTP status."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON object in the response."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


def api_error(code: int, message: str, **parameters: Any) -> ApiError:
    """An error with prefix and lower case like the Bot API server's; CODES_LIKE_THIS stay as they are."""
    if not (len(message) > 1 and (message[1] == "_" or message[1].isupper())):
        message = message[:1].lower() + message[1:]
    return ApiError(code, f"{_PREFIXES[code]}: {message}", **parameters)


def bad_request(message: str) -> ApiError:
    """400: the same request will never succeed."""
    return api_error(400, message)


def forbidden(message: str) -> ApiError:
    """403: the person or the chat does not want this bot."""
    return api_error(403, message)


def too_many(seconds: int) -> ApiError:
    """429: not executed; may be retried after `retry_after` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
