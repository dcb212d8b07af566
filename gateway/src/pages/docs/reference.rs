//! The reference: the OpenAPI document, read into a page.

use serde_json::Value;

use super::prose::prose;
use super::schema::{fields, kind};
use crate::pages::view::Page;
use crate::pages::view::docs::{Call, Field, Group, ReferencePage, ResponseDoc, SchemaKind, SchemaView};

/// The methods in the order in which a path shows them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Reads the whole document.
pub fn reference(document: &Value) -> ReferencePage {
    let about = "Every call of the API, with its parameters, bodies, answers and errors.";
    ReferencePage {
        page: Page::public("API reference", about, "/docs/reference"),
        version: text(&document["info"]["version"]).to_owned(),
        groups: groups(document),
        schemas: schemas(document),
    }
}

/// The calls by their tags, in the order in which the document lists those.
fn groups(document: &Value) -> Vec<Group> {
    let tags = document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    let group = |tag: &Value| {
        let name = text(&tag["name"]);
        Group {
            id: format!("calls-{name}"),
            title: name.to_owned(),
            about: prose(text(&tag["description"])),
            calls: calls(document, name),
        }
    };
    tags.iter().map(group).filter(|group| !group.calls.is_empty()).collect()
}

fn calls(document: &Value, tag: &str) -> Vec<Call> {
    let Some(paths) = document["paths"].as_object() else { return Vec::new() };
    let of_path = |(path, item): (&String, &Value)| {
        let there = METHODS.iter().filter_map(|method| Some((*method, item.get(*method)?)));
        there
            .filter(|(_, call)| call["tags"][0] == tag)
            .map(|(method, operation)| call(path, method, operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn call(path: &str, method: &str, operation: &Value) -> Call {
    let body = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
    Call {
        id: text(&operation["operationId"]).to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: prose(text(&operation["summary"])),
        about: prose(text(&operation["description"])),
        who: who(&operation["security"]),
        params: operation["parameters"].as_array().map(|all| all.iter().map(param).collect()).unwrap_or_default(),
        body: body.map(|(media, content)| (media.clone(), kind(&content["schema"]))),
        example: body.map(|(_, content)| pretty(&content["example"])).unwrap_or_default(),
        answers: answers(&operation["responses"]),
    }
}

/// Who may call, as far as the document says.
fn who(security: &Value) -> &'static str {
    match security.as_array().map(Vec::as_slice) {
        None | Some([]) => "Everybody",
        Some(all) if all.iter().any(|one| one.as_object().is_some_and(serde_json::Map::is_empty)) => {
            "With a token, or without one"
        }
        Some(_) => "With a token or key",
    }
}

fn param(param: &Value) -> Field {
    let place = match text(&param["in"]) {
        "path" => "path",
        "header" => "header",
        "query" => "query",
        _ => "",
    };
    Field {
        name: text(&param["name"]).to_owned(),
        place,
        kind: kind(&param["schema"]),
        required: param["required"] == true,
        about: prose(text(&param["description"])),
    }
}

/// What is answered by status: a body, or the codes of errors.
fn answers(responses: &Value) -> Vec<ResponseDoc> {
    let Some(all) = responses.as_object() else { return Vec::new() };
    let answer = |(status, response): (&String, &Value)| {
        let about = text(&response["description"]);
        let content = response["content"].as_object().and_then(|content| content.iter().next());
        let codes = codes(about);
        let (media, body) = content.map(|(media, content)| (media.clone(), kind(&content["schema"]))).unzip();
        ResponseDoc {
            status: status.clone(),
            about: if codes.is_empty() { prose(about) } else { String::new() },
            media: media.unwrap_or_default(),
            body: body.filter(|_| codes.is_empty()),
            codes,
        }
    };
    // what goes for every call is told once, above all of them
    all.iter().filter(|(status, _)| *status != "default").map(answer).collect()
}

/// The codes that a description lists, each on a line of its own.
fn codes(about: &str) -> Vec<String> {
    about.lines().filter_map(|line| line.strip_prefix("- `")?.split_once('`').map(|(code, _)| code.to_owned())).collect()
}

fn schemas(document: &Value) -> Vec<SchemaView> {
    let Some(all) = document["components"]["schemas"].as_object() else { return Vec::new() };
    let view = |(name, schema): (&String, &Value)| SchemaView {
        name: name.clone(),
        about: prose(text(&schema["description"])),
        kind: Some(kind(schema)).filter(|_| schema["properties"].is_null()).map(|kind: SchemaKind| kind.text).unwrap_or_default(),
        fields: fields(schema),
        example: pretty(&schema["example"]),
    };
    all.iter().map(view).collect()
}

fn pretty(example: &Value) -> String {
    if example.is_null() { String::new() } else { serde_json::to_string_pretty(example).unwrap_or_default() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::Template as _;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "info": { "version": "1.2.3" },
            "tags": [{ "name": "booking", "description": "Hold <seats>." }, { "name": "empty" }],
            "paths": { "/v1/holds/{id}": { "delete": {
                "tags": ["booking"], "operationId": "release_hold", "summary": "Gives `it` back.", "security": [{ "bearer": [] }],
                "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Money" } } } },
                "responses": {
                    "200": { "description": "", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Money" } } } },
                    "404": { "description": "- `not_found`: There is none.\n", "content": { "application/problem+json": {} } },
                    "default": { "description": "An error." },
                },
            } } },
            "components": { "schemas": { "Money": { "example": { "amount": 1 }, "properties": { "amount": { "type": "integer" } } } } },
        })
    }

    #[test]
    fn a_call_is_shown_with_all_that_the_document_says_of_it() {
        let page = reference(&document());
        assert_eq!(page.groups.len(), 1, "a tag without calls is not shown");
        let call = &page.groups[0].calls[0];
        assert_eq!((call.method.as_str(), call.who), ("DELETE", "With a token or key"));
        assert_eq!(call.answers[1].codes, ["not_found"]);
        let html = page.render().expect("a page");
        for part in [
            "id=\"release_hold\"",
            "/v1/holds/{id}",
            "Gives <code>it</code> back.",
            "UUID",
            "href=\"#schema-Money\"",
            "id=\"schema-Money\"",
            "href=\"/docs/errors#not_found\"",
            "Hold &lt;seats&gt;.",
            "1.2.3",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn who_may_call_is_said() {
        for (security, said) in [
            (json!(null), "Everybody"),
            (json!([{ "bearer": [] }]), "With a token or key"),
            (json!([{ "bearer": [] }, {}]), "With a token, or without one"),
        ] {
            assert_eq!(who(&security), said);
        }
    }
}
