//! Asking all caches to forget tags: ours on every node, and those in front that are told by us.

use catalog::store::audit::{self, Entry};
use domain::{Actor, OrganiserId};
use edge::Purger;
use serde_json::json;
use sqlx::PgPool;

use crate::web::error::{ApiError, ApiResult};
use crate::web::store::cache_purges;

/// Tags in one call.
pub const MAX_TAGS: usize = 100;
const MAX_TAG_CHARS: usize = 200;
/// The tag that the configuration in docs/front gives to all of our answers.
pub const EVERYTHING: &str = "boxoffice-all";

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
    match tags.iter().enumerate().find_map(|(n, tag)| Some((n, wrong(tag)?))) {
        Some((n, wrong)) => Err(ApiError::invalid(format!("tags[{n}]"), wrong)),
        None => Ok(()),
    }
}

/// What is wrong with a tag, if anything is.
fn wrong(tag: &str) -> Option<String> {
    let fits = (1..=MAX_TAG_CHARS).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Some(format!("must be 1 to {MAX_TAG_CHARS} visible ASCII characters"));
    }
    let misread = tag.starts_with('/') && !is_plain(tag);
    misread.then(|| "a path must not contain \"..\", \"#\", or a \"%\" without two hex digits after it".to_owned())
}

/// Whether a path names in an address what it names as a tag: on its way to a cache, others are cut, shortened or refused.
fn is_plain(path: &str) -> bool {
    let encodes = |rest: &str| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    !path.contains("..") && !path.contains('#') && path.split('%').skip(1).all(encodes)
}

/// Makes this node's cache forget a tag. It knows neither addresses nor the word for everything: these empty it.
pub fn here(purger: &Purger, tag: &str) {
    if tag == EVERYTHING || tag.starts_with('/') {
        purger.purge_all();
    } else {
        purger.purge(tag);
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
        assert!(fits(&["/v1/cities?country=%41U", "a..b", "#", "50%"]), "only paths are addresses");
        for path in ["/v1/../x", "/a#b", "/%", "/%4", "/%4g", "/%%41"] {
            assert!(!fits(&[path]), "{path}");
        }
        assert!(fits(&["x"; MAX_TAGS]) && !fits(&["x"; MAX_TAGS + 1]));
        assert!(fits(&[&"x".repeat(MAX_TAG_CHARS)]) && !fits(&[&"x".repeat(MAX_TAG_CHARS + 1)]));
    }
}
