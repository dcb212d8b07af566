//! How an organiser's tickets look: what is put over the API, kept as JSON, and read again by whoever draws.

use renderer::{CodeForm, Colour, PAPER, TicketTheme};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::web::error::{ApiError, ApiResult};

/// Words must be told from their ground at least this clearly. Source: WCAG 2.2, 1.4.3.
const READABLE: f32 = 4.5;
/// Letters of small print.
const MAX_PRINT: usize = 600;

/// What a door scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeWord {
    #[default]
    Qr,
    Aztec,
}

impl From<CodeWord> for CodeForm {
    fn from(word: CodeWord) -> Self {
        match word {
            CodeWord::Qr => Self::Qr,
            CodeWord::Aztec => Self::Aztec,
        }
    }
}

/// How an organiser's tickets look. What is not said is as we draw it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({ "head": "#1b2230", "accent": "#9a36b2", "small_print": "No re-entry.", "code": "qr" }))]
pub struct TicketThemeBody {
    /// The colour of the head, `#rrggbb`; else that of the ticket's tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub head: Option<String>,
    /// The colour of the words on the head, at least 4.5:1; else white or ink, whichever is read more easily.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub on_head: Option<String>,
    /// The colour of section, row and seat, at least 4.5:1 on white; else that of the ticket's tier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub accent: Option<String>,
    /// Below the code, up to 600 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(max_length = 600)]
    pub small_print: String,
    /// qr or aztec.
    pub code: CodeWord,
    /// An image of the organiser's own, drawn above the title within 320 × 72 units of a ticket's 400. One that is deleted or cannot be
    /// read is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_id: Option<Uuid>,
}

impl TicketThemeBody {
    /// What is drawn, but for the picture.
    ///
    /// Refuses   invalid, naming the field: what is no colour, words that cannot be read on their ground, too much small print.
    pub fn theme(&self) -> ApiResult<TicketTheme> {
        let [head, on_head, accent] =
            [("head", &self.head), ("on_head", &self.on_head), ("accent", &self.accent)].map(|(field, text)| colour(field, text));
        let (head, on_head, accent) = (head?, on_head?, accent?);
        match (head, on_head) {
            (Some(head), on_head) => readable(on_head.map_or("head", |_| "on_head"), on_head.unwrap_or(head.words()), head)?,
            (None, Some(_)) => return Err(ApiError::invalid("on_head", "goes with a head")),
            (None, None) => {}
        }
        if let Some(accent) = accent {
            readable("accent", accent, PAPER)?;
        }
        if self.small_print.chars().count() > MAX_PRINT || self.small_print.contains('\0') {
            return Err(ApiError::invalid("small_print", format!("must be at most {MAX_PRINT} characters, none of them NUL")));
        }
        Ok(TicketTheme { head, on_head, accent, small_print: self.small_print.clone(), code: self.code.into(), logo: None })
    }

    /// Reads what was kept; what an older or newer program meant and this one cannot draw is as if it were not said.
    pub fn kept(value: Option<Value>) -> Self {
        let read = value.map(|value| serde_json::from_value::<Self>(value).map_err(|error| error.to_string()));
        match read {
            None => Self::default(),
            Some(Ok(body)) => body,
            Some(Err(error)) => {
                tracing::warn!(error, "a ticket theme cannot be read");
                Self::default()
            }
        }
    }
}

fn colour(field: &'static str, text: &Option<String>) -> ApiResult<Option<Colour>> {
    let parse = |text: &String| Colour::parse(text).ok_or_else(|| ApiError::invalid(field, "must be a colour such as #1b2230"));
    text.as_ref().map(parse).transpose()
}

fn readable(field: &'static str, words: Colour, ground: Colour) -> ApiResult<()> {
    let contrast = words.contrast(ground);
    if contrast >= READABLE {
        return Ok(());
    }
    Err(ApiError::invalid(field, format!("{words} on {ground} has a contrast of {contrast:.2}:1, and 4.5:1 is needed")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn drawn(body: Value) -> ApiResult<TicketTheme> {
        serde_json::from_value::<TicketThemeBody>(body).expect("a body").theme()
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let table = [
            (json!({ "head": "red" }), "head"),
            (json!({ "head": "#12345" }), "head"),
            (json!({ "on_head": "#ffffff" }), "on_head"),
            (json!({ "head": "#777777" }), "head"),
            (json!({ "head": "#ffffff", "on_head": "#cccccc" }), "on_head"),
            (json!({ "accent": "#ffcc00" }), "accent"),
            (json!({ "small_print": "x".repeat(601) }), "small_print"),
        ];
        for (body, wrong) in table {
            let refused = format!("{:?}", drawn(body.clone()).expect_err("refused"));
            assert!(refused.contains(&format!("field: \"{wrong}\"")), "{body}: {refused}");
        }
    }

    #[test]
    fn what_can_be_read_is_drawn() {
        let theme = drawn(json!({ "head": "#1b2230", "accent": "#800000", "code": "aztec" })).expect("a theme");
        assert_eq!((theme.head, theme.code), (Some(Colour(0x1b, 0x22, 0x30)), CodeForm::Aztec));
        assert_eq!(drawn(json!({})).ok(), Some(TicketTheme::default()));
        assert_eq!(TicketThemeBody::kept(Some(json!({ "glitter": true }))), TicketThemeBody::default());
    }
}
