//! What a schema of the document says, in words: kinds, bounds, fields.

use serde_json::Value;

use super::prose::prose;
use crate::pages::view::docs::{Field, SchemaKind};

const SCHEMAS: &str = "#/components/schemas/";

/// The fields of an object's schema, in the order of the document, required ones named so.
pub fn fields(schema: &Value) -> Vec<Field> {
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|known| known == name));
    let field = |(name, schema): (&String, &Value)| Field {
        name: name.clone(),
        place: "",
        kind: kind(schema),
        required: required(name),
        about: prose(&about(schema)),
    };
    properties.iter().map(field).collect()
}

/// What a value is: its type, format and bounds; a schema with a name is named.
pub fn kind(schema: &Value) -> SchemaKind {
    if let Some(name) = schema["$ref"].as_str().and_then(|whole| whole.strip_prefix(SCHEMAS)) {
        return SchemaKind { text: name.to_owned(), schema: Some(name.to_owned()), or_null: false };
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(all) = schema[several].as_array() {
            return one_of(all);
        }
    }
    let (type_name, or_null) = type_of(schema);
    if type_name == "array" {
        let of = kind(&schema["items"]);
        let text = format!("list of {}{}", of.text, bounds(schema, "minItems", "maxItems", ""));
        return SchemaKind { text, schema: of.schema, or_null };
    }
    SchemaKind { text: simple(schema, &type_name), schema: None, or_null }
}

fn one_of(all: &[Value]) -> SchemaKind {
    let or_null = all.iter().any(|one| one["type"] == "null");
    let mut kinds: Vec<SchemaKind> = all.iter().filter(|one| one["type"] != "null").map(kind).collect();
    if kinds.len() == 1 {
        let only = kinds.remove(0);
        return SchemaKind { or_null: or_null || only.or_null, ..only };
    }
    let text = kinds.iter().map(|kind| kind.text.as_str()).collect::<Vec<_>>().join(" or ");
    SchemaKind { text, schema: None, or_null }
}

fn type_of(schema: &Value) -> (String, bool) {
    match &schema["type"] {
        Value::String(name) => (name.clone(), false),
        Value::Array(names) => {
            let known = names.iter().filter_map(Value::as_str).find(|name| *name != "null");
            (known.unwrap_or("anything").to_owned(), names.iter().any(|name| name == "null"))
        }
        _ => ("anything".to_owned(), false),
    }
}

fn simple(schema: &Value, type_name: &str) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(said).collect::<Vec<_>>().join(" | ");
    }
    let name = match (type_name, schema["format"].as_str()) {
        ("string", Some("uuid")) => "UUID",
        ("string", Some("date-time")) => "time (RFC 3339)",
        ("string", Some("date")) => "date",
        ("string", Some("email")) => "e-mail address",
        ("string", Some("binary")) => "bytes",
        ("string", _) => "text",
        ("integer", _) => "whole number",
        ("number", _) => "number",
        ("boolean", _) => "true or false",
        ("object", _) => "object",
        (other, _) => other,
    };
    let (low, high, unit) =
        if type_name == "string" { ("minLength", "maxLength", " characters") } else { ("minimum", "maximum", "") };
    let mut text = format!("{name}{}", bounds(schema, low, high, unit));
    if let Some(pattern) = schema["pattern"].as_str() {
        text.push_str(&format!(", like {pattern}"));
    }
    if !schema["default"].is_null() {
        text.push_str(&format!(", {} when left out", said(&schema["default"])));
    }
    text
}

fn bounds(schema: &Value, low: &str, high: &str, unit: &str) -> String {
    match (schema.get(low), schema.get(high)) {
        (Some(low), Some(high)) if low == high => format!(", {}{unit}", said(low)),
        (Some(low), Some(high)) => format!(", {} to {}{unit}", said(low), said(high)),
        (Some(low), None) => format!(", from {}{unit}", said(low)),
        (None, Some(high)) => format!(", up to {}{unit}", said(high)),
        (None, None) => String::new(),
    }
}

/// What is said of a schema, there or where it is one of several.
fn about(schema: &Value) -> String {
    let own = schema["description"].as_str();
    let below = || schema["oneOf"].as_array()?.iter().find_map(|one| one["description"].as_str());
    own.or_else(below).unwrap_or_default().to_owned()
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_schema_is_said_in_words_with_its_bounds() {
        let reference = json!({ "$ref": "#/components/schemas/Money" });
        for (schema, text, or_null) in [
            (json!({ "type": "string", "format": "uuid" }), "UUID", false),
            (json!({ "type": ["string", "null"], "maxLength": 254 }), "text, up to 254 characters", true),
            (json!({ "type": "integer", "minimum": 1, "maximum": 10 }), "whole number, 1 to 10", false),
            (json!({ "type": "string", "pattern": "^(a|b)$" }), "text, like ^(a|b)$", false),
            (json!({ "type": "string", "enum": ["a", "b"] }), "a | b", false),
            (json!({ "type": ["array", "null"], "items": { "type": "string" }, "maxItems": 10 }), "list of text, up to 10", true),
            (json!({ "type": "array", "items": reference }), "list of Money", false),
            (json!({ "oneOf": [reference, { "type": "null" }] }), "Money", true),
            (json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }), "text or whole number", false),
            (json!({}), "anything", false),
        ] {
            let kind = kind(&schema);
            assert_eq!((kind.text.as_str(), kind.or_null), (text, or_null), "{schema}");
            assert_eq!(kind.schema.is_some(), schema.to_string().contains("$ref"), "{schema}");
        }
    }

    #[test]
    fn fields_say_which_of_them_must_be_there() {
        let schema = json!({ "required": ["name"], "properties": {
            "name": { "type": "string", "description": "A `name`." }, "best": { "oneOf": [{ "description": "Chosen." }, { "type": "null" }] },
        } });
        let said: Vec<_> = fields(&schema).into_iter().map(|field| (field.name, field.required, field.about)).collect();
        assert_eq!(
            said,
            [("best".to_owned(), false, "Chosen.".to_owned()), ("name".to_owned(), true, "A <code>name</code>.".to_owned()),]
        );
    }
}
