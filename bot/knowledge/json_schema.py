"""The JSON Schemas of knowledge files, with which editors complete and mark while staff are typing."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.i18n.languages import LANGUAGES
from bot.knowledge.fields import Model, Translated
from bot.knowledge.model import AskingFile, KnowledgeBase

#: Editors know this version best.
_VERSION = "http://json-schema.org/draft-07/schema#"


def knowledge_schema() -> dict[str, Any]:
    """What a knowledge file may hold, as plain values; what needs a look at two places is left to `minsheng check`."""
    return _schema_of(KnowledgeBase)


def asking_schema() -> dict[str, Any]:
    """What a file of the folder `asking` may hold; that its ids exist is left to `minsheng check`."""
    return _schema_of(AskingFile)


def _schema_of(model: type[Model]) -> dict[str, Any]:
    return {"$schema": _VERSION, **model.model_json_schema(schema_generator=_AsEditorsRead)}


class _AsEditorsRead(GenerateJsonSchema):
    """The models as an editor's YAML parser sees a file: numbers are no texts there, and nothing is null."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """A text, or a number, which `minsheng check` reads as the text that it is; not where its letters count."""
        found = super().str_schema(schema)
        return found if "pattern" in found else {**found, "type": ["string", "number"]}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's signature
        """A time of day without seconds and zone, which JSON Schema's own format demands."""
        return {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """An optional field may be empty; its default is no suggestion for an editor."""
        return _or_nothing(self.generate_inner(schema["schema"]))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """An optional field may be empty, whether or not it has a default."""
        return _or_nothing(self.generate_inner(schema["schema"]))

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Names of the city's own choice, and no others than the models allow."""
        return {**super().dict_schema(schema), "additionalProperties": False}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A text in the languages is as long in each as fits into a reply."""
        found = super().model_schema(schema)
        if issubclass(schema["cls"], Translated):
            for language in LANGUAGES:
                found["properties"][language]["maxLength"] = schema["cls"].limit
        return found


def _or_nothing(schema: JsonSchemaValue) -> JsonSchemaValue:
    if "type" in schema:
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        return {**schema, "type": [*kinds, *(["null"] if "null" not in kinds else [])]}
    return schema if {"type": "null"} in schema.get("anyOf", ()) else {"anyOf": [schema, {"type": "null"}]}
