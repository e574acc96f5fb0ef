"""What is answered when a request cannot be turned into values of the model's types."""

from __future__ import annotations

from windtunnel.aws.errors import ApiError


class Misplaced(ApiError):
    """A text in path, query string or header that is no value of the wanted type: `wire` is where it stood."""

    def __init__(self, wire: str, text: str, problem: ApiError):
        super().__init__("SerializationException", problem.message, status=400)
        self.wire = wire
        self.text = text


JAVA_TYPES = {
    "string": "String",
    "character": "String",
    "integer": "Integer",
    "long": "Long",
    "float": "Float",
    "double": "Double",
    "boolean": "Boolean",
    "blob": "Blob",
    "timestamp": "Date",
}


class SerializationException(ApiError):
    """The request is not what the model says: status 400, the caller's fault."""

    def __init__(self, message: str = ""):
        super().__init__("SerializationException", message, status=400)


class MalformedXML(ApiError):
    """The request's XML is not well-formed or has not the model's shape."""

    def __init__(self, message: str = ""):
        super().__init__(
            "MalformedXML",
            message or "The XML you provided was not well-formed or did not validate against our published schema",
            status=400,
        )


class MalformedInput(ApiError):
    """A text of a form, header, path or query string that is no value of the wanted type."""

    def __init__(self, message: str = ""):
        super().__init__("MalformedInput", message, status=400)


class Mismatch(SerializationException):
    """A JSON value of another type than the model wants; the services word it in three ways."""

    def __init__(self, value: object, wanted: str):
        java = JAVA_TYPES[wanted]
        super().__init__(f"{token(value)} can not be converted to {_article(java)} {java}")
        self._of_dynamodb = f"{token(value)} cannot be converted to {java}"
        self._of_java = f"class {_java_class(value)} can not be converted to an {java}"

    def message_of(self, service: str) -> str:
        """The message as this service words it."""
        if service == "apigateway":
            return self._of_java
        return self._of_dynamodb if service in ("dynamodb", "dynamodbstreams") else self.message


def mismatch(value: object, wanted: str) -> SerializationException:
    """A JSON value of another type than the model wants, in AWS's words."""
    if wanted in _COLLECTIONS:
        return SerializationException(_START.get(type(value), _COLLECTIONS[wanted]))
    if isinstance(value, (dict, list)):
        return SerializationException(_START[type(value)])
    return Mismatch(value, wanted)


def _article(word: str) -> str:
    return "an" if word[0] in "AEIOU" else "a"


def _java_class(value: object) -> str:
    if isinstance(value, bool):
        return "java.lang.Boolean"
    return "java.lang.String" if isinstance(value, str) else "com.amazon.coral.value.json.numbers.TruncatingBigNumber"


_COLLECTIONS = {"structure": "Expected null", "list": "Expected list or null", "map": "Expected map or null"}
_START: dict[type, str] = {
    dict: "Start of structure or map found where not expected.",
    list: "Start of list found where not expected",
}
_TOKEN: dict[type, str] = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


def token(value: object) -> str:
    """The name of a JSON token of a value."""
    if value is True:
        return "TRUE_VALUE"
    if value is False:
        return "FALSE_VALUE"
    return _TOKEN.get(type(value), "NULL_VALUE")
