//! Which field of a JSON document is wrong, by its path.

use domain::Invalid;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a document.
///
/// Refuses   what does not fit, by its path: `sections[0].rows[2].seats[7].number`.
pub(super) fn read<T: DeserializeOwned>(json: Value) -> Result<T, Invalid> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let detail = error.inner().to_string();
        Invalid::new(wrong_field(&error.path().to_string(), &detail), detail)
    })
}

/// The field at fault: the path, with the name that a message about a missing or unknown field puts in backticks.
///
/// Takes  `path`: as serde_path_to_error writes it, `.` for the whole.  `detail`: what serde said.
pub fn wrong_field(path: &str, detail: &str) -> String {
    let named = ["missing field `", "unknown field `", "duplicate field `"].iter().find_map(|start| detail.strip_prefix(start));
    let name = named.and_then(|rest| rest.split('`').next());
    match (path, name) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (".", None) => "body".to_owned(),
        (path, None) => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SeatMap;
    use serde_json::json;

    #[test]
    fn a_wrong_field_deep_in_a_map_is_named_by_its_path() {
        let seats = |seats: Value| {
            let row = json!({ "label": "A", "seats": seats });
            json!({ "name": "M", "sections": [{ "id": "s", "label": "S", "tier": "1", "rows": [row] }] })
        };
        let table = [
            (json!({ "name": 5 }), "name"),
            (json!({ "nam": "M" }), "nam"),
            (json!({}), "name"),
            (seats(json!([{ "number": "1", "x": "far", "y": 0 }])), "sections[0].rows[0].seats[0].x"),
            (seats(json!([{ "number": "1", "x": 0, "y": 0 }, { "number": "2", "x": 0 }])), "sections[0].rows[0].seats[1].y"),
            (json!([]), "body"),
        ];
        for (map, field) in table {
            assert_eq!(read::<SeatMap>(map.clone()).map_err(|wrong| wrong.field).err().as_deref(), Some(field), "{map}");
        }
    }
}
