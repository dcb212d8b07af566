//! `boxoffice admin`: organisers and keys, by whoever may use the database.

use std::process::ExitCode;

use domain::{Actor, ActorKind, Clock, KeyId, OrganiserId};
use jiff::SignedDuration;
use people::{KeyLine, People, PeopleConfig, PeopleError, Quota, Role, Scope, WantedKey};

use crate::run::database::Database;
use crate::run::outcome::Outcome;
use crate::settings::cli::{Common, CreateKey, Expires, KeyRole};

/// Keys read at once.
const LINES: u16 = 500;

/// The database, the people in it, and who acts: the command line, in an organiser's name or in everybody's.
struct Door {
    database: Database,
    people: People,
    clock: Clock,
}

impl Door {
    async fn open(common: &Common) -> Outcome<Self> {
        let (database, clock) = (Database::open_existing(common).await?, Clock::System);
        let people = People::new(database.pool.clone(), clock.clone(), PeopleConfig::default());
        Ok(Self { database, people, clock })
    }

    async fn close(self) -> Outcome<ExitCode> {
        self.database.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Who runs the command line passes every owner.
fn operator() -> Actor {
    Actor { kind: ActorKind::Admin, ..Actor::house() }
}

/// Prints a new organiser's id, then its name.
pub async fn create_organiser(common: Common, name: String) -> Outcome<ExitCode> {
    let door = Door::open(&common).await?;
    let id = door.people.create_organiser(&operator(), &name).await?;
    println!("{id} {name}");
    door.close().await
}

/// Prints a new key on a line of its own; it cannot be shown again.
pub async fn create_key(options: CreateKey) -> Outcome<ExitCode> {
    let door = Door::open(&options.common).await?;
    let wanted = wanted(&options, &door.clock)?;
    let organiser = wanted.organiser;
    let made = door.people.create_key(&operator(), None, wanted).await;
    let made = made.map_err(|error| told(error, format!("there is no organiser {organiser}")))?;
    println!("{}", made.key);
    door.close().await
}

fn wanted(options: &CreateKey, clock: &Clock) -> Outcome<WantedKey> {
    let role = match options.role {
        KeyRole::Organiser => Role::Organiser,
        KeyRole::Partner => Role::Partner,
        KeyRole::Admin => Role::Admin,
    };
    let given = Quota {
        requests_second: options.requests_per_second,
        requests_day: options.requests_per_day,
        open_holds: options.open_holds,
    };
    if role != Role::Partner && given != Quota::default() {
        return Err("only a partner has quotas".into());
    }
    let usual = WantedKey::new(role, &options.name);
    let expires_at = match options.expires {
        None => None,
        Some(Expires::At(at)) => Some(at),
        Some(Expires::Days(days)) => Some(clock.now().checked_add(SignedDuration::from_hours(24 * i64::from(days)))?),
    };
    Ok(WantedKey {
        organiser: options.organiser.unwrap_or(OrganiserId::HOUSE),
        scopes: options.scopes.as_ref().map(|scopes| scopes.iter().copied().collect()),
        expires_at,
        quota: Quota {
            requests_second: given.requests_second.or(usual.quota.requests_second),
            requests_day: given.requests_day.or(usual.quota.requests_day),
            open_holds: given.open_holds.or(usual.quota.open_holds),
        },
        ..usual
    })
}

/// Prints keys, one a line.
pub async fn list_keys(common: Common, organiser: Option<OrganiserId>) -> Outcome<ExitCode> {
    let door = Door::open(&common).await?;
    let by = organiser.map_or_else(operator, Actor::system);
    let mut after = None;
    loop {
        let keys = door.people.list_keys(&by, after, LINES).await?;
        keys.iter().for_each(|key| println!("{}", line(key, &door.clock)));
        after = keys.last().map(|key| key.id);
        if keys.len() < usize::from(LINES) {
            return door.close().await;
        }
    }
}

fn line(key: &KeyLine, clock: &Clock) -> String {
    let state = match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) if at <= clock.now() => format!("expired {at}"),
        (None, Some(at)) => format!("until {at}"),
        (None, None) => "good".to_owned(),
    };
    let scopes = key.scopes.map(|scopes| scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(","));
    let used = key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {at}"));
    let scopes = scopes.unwrap_or_else(|| "all".to_owned());
    format!("{}\t{}\t{}\t{state}\t{scopes}\t{used}\t{}", key.id, key.role.as_str(), key.organiser, key.name)
}

/// Ends a key.
pub async fn revoke_key(common: Common, id: KeyId) -> Outcome<ExitCode> {
    let door = Door::open(&common).await?;
    door.people.revoke_key(&operator(), id).await.map_err(|error| told(error, format!("there is no key {id}")))?;
    println!("revoked {id}");
    door.close().await
}

/// Prints a key's new text on a line of its own; it cannot be shown again.
pub async fn rotate_key(common: Common, id: KeyId, old_secret_seconds: u32) -> Outcome<ExitCode> {
    let door = Door::open(&common).await?;
    let old_for = SignedDuration::from_secs(old_secret_seconds.into());
    let made = door.people.rotate_key(&operator(), None, id, old_for).await;
    println!("{}", made.map_err(|error| told(error, format!("there is no living key {id}")))?.key);
    door.close().await
}

/// What is not found is named.
fn told(error: PeopleError, absent: String) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        PeopleError::NotFound => absent.into(),
        other => other.into(),
    }
}
