"""The JSON Schema of a pipeline file, out of the models that read it, for editors."""

from shotgraph.spec.json_schema.document import FILE, pipeline_schema, schema_text

__all__ = ["FILE", "pipeline_schema", "schema_text"]
