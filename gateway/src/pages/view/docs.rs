//! The pages for developers: how to begin, every call, every error.

use askama::Template;

use super::Page;

#[derive(Debug, Template)]
#[template(path = "docs_start.html")]
pub struct StartPage {
    pub page: Page,
    /// What absolute addresses begin with.
    pub base: String,
}

#[derive(Debug, Template)]
#[template(path = "docs_reference.html")]
pub struct ReferencePage {
    pub page: Page,
    pub version: String,
    pub groups: Vec<Group>,
    pub schemas: Vec<SchemaView>,
}

/// The calls of one tag.
#[derive(Debug)]
pub struct Group {
    pub id: String,
    pub title: String,
    /// HTML, as all sentences here are.
    pub about: String,
    pub calls: Vec<Call>,
}

#[derive(Debug)]
pub struct Call {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub about: String,
    pub who: &'static str,
    pub params: Vec<Field>,
    /// Media type and kind.
    pub body: Option<(String, SchemaKind)>,
    pub example: String,
    pub answers: Vec<ResponseDoc>,
}

/// A parameter, or a field of an object.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// `path`, `query` or `header`; nothing for a field.
    pub place: &'static str,
    pub kind: SchemaKind,
    pub required: bool,
    pub about: String,
}

/// What a value is.
#[derive(Debug, Clone)]
pub struct SchemaKind {
    pub text: String,
    /// The schema of this name tells more.
    pub schema: Option<String>,
    pub or_null: bool,
}

#[derive(Debug)]
pub struct ResponseDoc {
    pub status: String,
    pub about: String,
    pub media: String,
    pub body: Option<SchemaKind>,
    /// The codes of errors of this status.
    pub codes: Vec<String>,
}

#[derive(Debug)]
pub struct SchemaView {
    pub name: String,
    pub about: String,
    /// What it is, where it is no object with fields.
    pub kind: String,
    pub fields: Vec<Field>,
    pub example: String,
}

#[derive(Debug, Template)]
#[template(path = "docs_errors.html")]
pub struct ErrorsPage {
    pub page: Page,
    pub groups: Vec<ErrorGroup>,
}

#[derive(Debug)]
pub struct ErrorGroup {
    pub title: &'static str,
    pub about: String,
    pub lines: Vec<ErrorLine>,
}

#[derive(Debug)]
pub struct ErrorLine {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub meaning: String,
}
