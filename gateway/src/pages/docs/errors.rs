//! Every error by its code: where the `type` of a problem leads.

use crate::pages::show::{PageResult, show};
use crate::pages::view::Page;
use crate::pages::view::docs::{ErrorGroup, ErrorLine, ErrorsPage};
use crate::web::error::Code;
use crate::web::policy::CachePolicy;

use super::prose::prose;

/// What the statuses have in common, and what to do about it.
const GROUPS: [(&str, &str, &[u16]); 5] = [
    (
        "The request makes no sense",
        "Mend it before you send it again; `errors` names the fields.",
        &[400, 405, 406, 413, 414, 415, 422, 426, 431],
    ),
    ("Who asks", "A token, a key or a scope is missing; what is another's is as absent.", &[401, 403, 404]),
    ("The rules say no", "The request was understood. Nothing was changed; the code says what would help.", &[409, 412]),
    ("Slower, please", "Come back after `Retry-After`; `RateLimit` says what is left.", &[429]),
    ("We failed", "Send it again, with the same Idempotency-Key; `request_id` finds it in our log.", &[500, 503]),
];

/// The table of errors.  `GET /docs/errors`
pub async fn errors_page() -> PageResult {
    let about = "Every error that the API answers with, by its stable code.";
    show(&ErrorsPage { page: Page::public("Errors", about, "/docs/errors"), groups: groups() }, CachePolicy::Asset)
}

fn groups() -> Vec<ErrorGroup> {
    let line = |code: &Code| ErrorLine {
        code: code.as_str(),
        status: code.status(),
        title: code.title(),
        meaning: prose(code.meaning()),
    };
    let group = |(title, about, statuses): &(&'static str, &str, &[u16])| ErrorGroup {
        title,
        about: prose(about),
        lines: Code::ALL.iter().filter(|code| statuses.contains(&code.status())).map(line).collect(),
    };
    GROUPS.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_told_once() {
        let mut told: Vec<_> = groups().into_iter().flat_map(|group| group.lines).map(|line| line.code).collect();
        let mut all: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        told.sort_unstable();
        all.sort_unstable();
        assert_eq!(told, all);
    }
}
