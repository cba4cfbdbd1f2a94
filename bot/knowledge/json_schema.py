"""JSON Schemas of the knowledge files, with which editors complete and check the input of staff."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from bot.i18n.languages import LANGUAGES
from bot.knowledge.fields import Model, Translated
from bot.knowledge.model import AskingFile, KnowledgeBase

#: The version with the best support in editors.
_VERSION = "http://json-schema.org/draft-07/schema#"


def knowledge_schema() -> dict[str, Any]:
    """The schema of a knowledge file; constraints across fields are left to `minsheng check`."""
    return _schema_of(KnowledgeBase)


def asking_schema() -> dict[str, Any]:
    """The schema of a file in the folder `asking`; whether its ids exist is left to `minsheng check`."""
    return _schema_of(AskingFile)


def _schema_of(model: type[Model]) -> dict[str, Any]:
    return {"$schema": _VERSION, **model.model_json_schema(schema_generator=_AsEditorsRead)}


class _AsEditorsRead(GenerateJsonSchema):
    """The models as an editor's YAML parser sees a file, where numbers are not texts, and nothing is null."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        """Accept a number for a text, since `minsheng check` reads it as text; not if the text has a pattern."""
        found = super().str_schema(schema)
        return found if "pattern" in found else {**found, "type": ["string", "number"]}

    def time_schema(self, schema: core_schema.TimeSchema) -> JsonSchemaValue:  # noqa: ARG002 - pydantic's signature
        """A time of day without seconds and zone, which JSON Schema's own format requires."""
        return {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Allow an optional field to be empty, and do not suggest its default in editors."""
        return _or_nothing(self.generate_inner(schema["schema"]))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Allow an optional field to be empty, whether or not it has a default."""
        return _or_nothing(self.generate_inner(schema["schema"]))

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Allow only those names that the models allow."""
        return {**super().dict_schema(schema), "additionalProperties": False}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Limit each language of a text to the length that fits into a reply."""
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
