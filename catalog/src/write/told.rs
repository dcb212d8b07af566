//! What the audit log is told of a write: who, what, and of that what differs.

use domain::{Actor, ImageId, OrganiserId};
use serde_json::{Map, Value};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::model::Kind;
use crate::store::audit::{self, Entry};

/// One record that came, changed or went.
pub(super) struct Change {
    /// Whose it is.
    pub owner: OrganiserId,
    pub action: &'static str,
    pub kind: Kind,
    pub id: Uuid,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Writes a change down in its own transaction; where nothing differs, nothing.
pub(super) async fn tell(conn: &mut PgConnection, by: &Actor, change: Change) -> sqlx::Result<()> {
    let (before, after) = match (change.before, change.after) {
        (Some(before), Some(after)) => {
            let (before, after) = (lacking(&before, &after), lacking(&after, &before));
            if before.is_empty() && after.is_empty() {
                return Ok(());
            }
            (Some(Value::Object(before)), Some(Value::Object(after)))
        }
        whole => whole,
    };
    let event = (change.kind == Kind::Event).then_some(change.id);
    let subject = format!("{} {}", change.kind.as_str(), change.id);
    audit::append(conn, by, Entry { organiser: change.owner, action: change.action, subject, event, before, after }).await
}

/// A record as the audit log tells it, with its picture.
pub(super) fn with_image(mut record: Value, image: Option<ImageId>) -> Value {
    record["image_id"] = image.map_or(Value::Null, |image| Value::String(image.to_string()));
    record
}

/// The members of one record that are not the same in the other.
fn lacking(of: &Value, other: &Value) -> Map<String, Value> {
    let members = of.as_object().into_iter().flatten();
    members.filter(|(name, value)| other.get(name) != Some(value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_told() {
        let (old, new) = (json!({ "a": 1, "b": [2], "c": 3 }), json!({ "a": 1, "b": [2, 3], "d": 4 }));
        assert_eq!(Value::Object(lacking(&old, &new)), json!({ "b": [2], "c": 3 }));
        assert_eq!(Value::Object(lacking(&new, &old)), json!({ "b": [2, 3], "d": 4 }));
    }
}
