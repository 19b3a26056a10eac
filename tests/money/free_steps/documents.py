"""An endpoint's OpenAPI document, in the form in which fal publishes them."""

from typing import Any

from tests.money.free_steps.conftest import ENDPOINT

_FILE = {
    "type": "object",
    "required": ["url"],
    "properties": {"url": {"type": "string"}, "file_size": {"type": "integer"}},
}
_INPUT = {
    "title": "ModelInput",
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string", "minLength": 1, "maxLength": 20},
        "image_url": {"type": "string", "format": "uri", "pattern": "^(a+)+$"},
        "image_size": {
            "anyOf": [
                {"$ref": "#/components/schemas/Size"},
                {"enum": ["square", "portrait_4_3"], "type": "string"},
            ]
        },
        "count": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
        "strength": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "nullable": True},
        "mode": {"type": "string", "enum": ["fast", "good"]},
        "options": {"allOf": [{"$ref": "#/components/schemas/Options"}]},
    },
}
_OPTIONS = {
    "type": "object",
    "properties": {
        "pictures": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "extra": {"type": "object"},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_SIZE = {
    "type": "object",
    "required": ["width"],
    "properties": {"width": {"type": "integer", "maximum": 4096}},
}
_OUTPUT = {
    "type": "object",
    "properties": {
        "audio": {"$ref": "#/components/schemas/File"},
        "images": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
        "seed": {"type": "integer"},
        "voice_id": {"type": "string", "title": "Voice Id"},
        "subtitles": {"type": "string", "description": "The URL of the subtitles."},
        "clip": {"type": "string"},
        "film": {"allOf": [{"$ref": "#/components/schemas/VideoFile"}], "title": "Film"},
        "cover": {
            "$ref": "#/components/schemas/File",
            "examples": [{"url": "https://v3.fal.media/files/a/cover.webp"}],
        },
        "more": {"type": "object"},
        "timings": {"type": "object", "properties": {"inference": {"type": "number"}}},
    },
}
_STATUS = {
    "type": "object",
    "properties": {"status": {"type": "string"}, "queue_position": {"type": "integer"}},
}


def _content(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def document(endpoint_id: str = ENDPOINT) -> dict[str, Any]:
    app = "/".join(endpoint_id.split("/")[:2])
    return {
        "openapi": "3.0.4",
        "info": {"title": "Queue OpenAPI for a model", "version": "1.0.0"},
        "paths": {
            f"/{app}/requests/{{request_id}}/status": {
                "get": {"responses": {"200": _content("QueueStatus")}}
            },
            f"/{endpoint_id}": {
                "post": {
                    "requestBody": {"required": True, **_content("ModelInput")},
                    "responses": {"200": _content("QueueStatus")},
                }
            },
            f"/{app}/requests/{{request_id}}": {
                "get": {"responses": {"200": _content("ModelOutput")}}
            },
        },
        "components": {
            "schemas": {
                "ModelInput": _INPUT,
                "Options": _OPTIONS,
                "Size": _SIZE,
                "File": _FILE,
                "VideoFile": _FILE,
                "ModelOutput": _OUTPUT,
                "QueueStatus": _STATUS,
            }
        },
    }
