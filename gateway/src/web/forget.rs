//! Asking all caches to forget tags: ours on every node, and those in front that are told by us.

use catalog::store::audit::{self, Entry};
use domain::{Actor, OrganiserId};
use serde_json::json;
use sqlx::PgPool;

use crate::web::error::{ApiError, ApiResult};
use crate::web::store::cache_purges;

/// Tags in one call.
pub const MAX_TAGS: usize = 100;
const MAX_TAG_CHARS: usize = 200;

/// Asks every node to forget tags, and says so in the audit log.
///
/// Refuses   invalid (`tags`): none, too many, one that no answer can carry.
pub async fn ask(pool: &PgPool, by: &Actor, tags: &[String]) -> ApiResult<()> {
    check(tags)?;
    let mut tx = pg::begin(pool).await.map_err(ApiError::fault)?;
    cache_purges::insert(&mut tx, tags).await.map_err(ApiError::fault)?;
    let entry = Entry {
        organiser: OrganiserId::HOUSE,
        action: "cache.purge",
        subject: "cache".to_owned(),
        event: None,
        before: None,
        after: Some(json!({ "tags": tags })),
    };
    audit::append(&mut tx, by, entry).await.map_err(ApiError::fault)?;
    tx.commit().await.map_err(ApiError::fault)
}

fn check(tags: &[String]) -> ApiResult<()> {
    if tags.is_empty() || tags.len() > MAX_TAGS {
        return Err(ApiError::invalid("tags", format!("must be 1 to {MAX_TAGS}")));
    }
    let fits = |tag: &String| (1..=MAX_TAG_CHARS).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_graphic());
    match tags.iter().position(|tag| !fits(tag)) {
        Some(n) => Err(ApiError::invalid(format!("tags[{n}]"), format!("must be 1 to {MAX_TAG_CHARS} visible ASCII characters"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_that_an_answer_can_carry() {
        let fits = |tags: &[&str]| check(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>()).is_ok();
        assert!(fits(&["event-1", "events", "/v1/events/1?x=y"]));
        assert!(!fits(&[]) && !fits(&[""]) && !fits(&["a b"]) && !fits(&["ü"]) && !fits(&["a\nb"]));
        assert!(fits(&["x"; MAX_TAGS]) && !fits(&["x"; MAX_TAGS + 1]));
        assert!(fits(&[&"x".repeat(MAX_TAG_CHARS)]) && !fits(&[&"x".repeat(MAX_TAG_CHARS + 1)]));
    }
}
