//! Signing in: one answer for whoever is not let in, a new token for whoever is.

use domain::SessionId;
use jiff::Timestamp;
use sqlx::PgConnection;

use crate::config::{BUYERS_OF_ONE, IDLE, SESSIONS_OF_ONE};
use crate::error::PeopleError;
use crate::hasher::is_outdated;
use crate::model::account::{Account, LoggedIn, Login, agent, prefix};
use crate::model::email::{self, Email};
use crate::people::People;
use crate::secret::{hash, secret};
use crate::store::accounts;
use crate::store::sessions::{self, Ended, NewSession};

impl People {
    /// Signs in.
    ///
    /// Gives     a new token; the one from before is dead, and its anonymous buyer is the account's from now on, if it was nobody's.
    /// Refuses   too many tries; busy; login_failed, alike and after the same work for an unknown e-mail and a wrong password.
    #[tracing::instrument(name = "people.log_in", level = "debug", skip_all)]
    pub async fn log_in(&self, login: Login) -> Result<LoggedIn, PeopleError> {
        let email_key = email::key(&login.email);
        let tried = self.throttle.begin(&email_key, login.device, login.address, self.clock.now())?;
        match self.checked(&email_key, &login.password).await {
            Ok(Some((account, hashed))) => {
                tried.succeeded();
                self.open_for(account, &hashed, login).await
            }
            Ok(None) => Err(PeopleError::LoginFailed),
            Err(error) => {
                tried.undecided();
                Err(error)
            }
        }
    }

    /// The account of an e-mail, if the password is its own, with the hash it was checked against.
    async fn checked(&self, email_key: &str, password: &str) -> Result<Option<(Account, String)>, PeopleError> {
        // what is no address has no account, and costs the same: the database takes no NUL
        let known = if Email::parse(email_key).is_some() { accounts::by_email(&self.pool, email_key).await? } else { None };
        let hashed = known.as_ref().map(|(_, hashed)| hashed.clone());
        let right = self.hasher.verify(password.to_owned(), hashed).await?;
        Ok(known.filter(|_| right))
    }

    async fn open_for(&self, account: Account, checked: &str, login: Login) -> Result<LoggedIn, PeopleError> {
        let now = self.clock.now();
        let fresh = if is_outdated(checked) { Some(self.hasher.hash(login.password).await?) } else { None };
        let expires_at = now.checked_add(IDLE).unwrap_or(Timestamp::MAX);
        let (token, agent, address) = (secret()?, agent(&login.agent), prefix(login.address));
        let before = login.before.as_deref().map(hash);
        let id = SessionId::at(now);
        let new = NewSession { hash: hash(&token), id, account: account.id, buyer: account.buyer_id, expires_at, agent, address };
        let (account_id, checked) = (account.id, checked.to_owned());
        let changed = pg::transaction("people.log_in", &self.pool, |db| {
            let (new, fresh, checked) = (new.clone(), fresh.clone(), checked.clone());
            Box::pin(async move {
                // changed or closed since it was checked: then it is another password
                if !accounts::lock(db, account_id, &checked).await? {
                    return Err(PeopleError::LoginFailed);
                }
                if let Some(fresh) = fresh {
                    accounts::set_password(db, account_id, &fresh).await?;
                }
                let mut changed = match before {
                    Some(before) => take_over(db, before, &new, now).await?,
                    None => Vec::new(),
                };
                // tokens of buyers that are the account's would open its things without a password
                changed.extend(sessions::end(db, account_id, Ended::Anonymous, now).await?);
                sessions::open(db, &new, now).await?;
                changed.extend(sessions::end(db, account_id, Ended::Beyond(SESSIONS_OF_ONE), now).await?);
                Ok(changed)
            })
        });
        self.forget_sessions(changed.await?);
        Ok(LoggedIn { token, account, expires_at })
    }

    /// Ends the session of a token, anonymous or an account's. Signing out brings no earlier buyer back.
    pub async fn log_out(&self, token: &str) -> Result<bool, PeopleError> {
        Ok(self.end_session(token).await?)
    }
}

/// Ends the session from before, and links its buyer to the account, if it is nobody's and the account has not taken over too many.
/// Gives what every node shall look up again.
async fn take_over(
    db: &mut PgConnection,
    before: [u8; 32],
    new: &NewSession,
    now: Timestamp,
) -> Result<Vec<[u8; 32]>, PeopleError> {
    let Some((buyer, account)) = sessions::lock(db, before, now).await? else { return Ok(Vec::new()) };
    let mut changed = vec![before];
    sessions::end_hash(db, before, now).await?;
    if account.is_none() && sessions::is_free(db, buyer).await? && sessions::linked(db, new.account).await? < BUYERS_OF_ONE as u64
    {
        sessions::link(db, buyer, new.account, now).await?;
        changed.extend(sessions::tell(db, new.account).await?);
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Quota;
    use crate::fixture::{clock, node_at, partner};
    use crate::model::account::NewAccount;
    use crate::store::fixture::spoil;
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Algorithm, Argon2, Params, Version};
    use sqlx::PgPool;

    const PASSWORD: &str = "we met under the crooked elm";

    fn login() -> Login {
        Login { email: "ada@example.org".into(), password: PASSWORD.into(), ..Login::default() }
    }

    async fn signed_up(people: &People) {
        let new = NewAccount { email: "ada@example.org".into(), password: PASSWORD.into(), name: "Ada".into(), buyer: None };
        people.sign_up(new, None).await.expect("taken");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_hash_of_other_parameters_is_made_anew_at_login(pool: PgPool) {
        let people = node_at(&pool, &clock());
        signed_up(&people).await;
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1_024, 1, 1, None).expect("parameters"));
        let weak = weak.hash_password(PASSWORD.as_bytes()).expect("hashed").to_string();
        spoil(&pool, &format!("UPDATE accounts SET password_phc = '{weak}'")).await;
        for hashes in [2, 1] {
            let before = people.passwords_hashed();
            people.log_in(login()).await.expect("signed in");
            assert_eq!(people.passwords_hashed() - before, hashes, "checked, and made anew the first time");
        }
        let (_, hashed) = accounts::by_email(&pool, "ada@example.org").await.expect("an answer").expect("the account");
        assert!(!is_outdated(&hashed), "{hashed}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_session_lasts_thirty_days_from_its_last_use_and_a_hundred_and_eighty_in_all(pool: PgPool) {
        let clock = clock();
        let (here, there) = (node_at(&pool, &clock), node_at(&pool, &clock));
        signed_up(&here).await;
        let (used, idle) = (here.log_in(login()).await.expect("signed in"), here.log_in(login()).await.expect("signed in"));
        let known = async |token: &str| there.authenticate(token).await.expect("an answer").is_some();
        let day = Duration::from_secs(24 * 3_600);
        for n in 1..=8 {
            clock.advance(20 * day);
            assert!(known(&used.token).await, "day {}", n * 20);
            if n != 1 {
                assert!(!known(&idle.token).await, "day {}", n * 20);
            }
        }
        clock.advance(20 * day);
        assert!(!known(&used.token).await, "180 days are over");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn what_is_no_address_is_refused_like_an_unknown_one_after_the_same_work(pool: PgPool) {
        let people = node_at(&pool, &clock());
        for n in 1..=5 {
            let refused = people.log_in(Login { email: "a\u{0}b".into(), ..login() }).await;
            assert!(matches!(refused, Err(PeopleError::LoginFailed)), "{refused:?}");
            assert_eq!(people.passwords_hashed(), n);
        }
        let slowed = people.log_in(Login { email: "a\u{0}b".into(), ..login() }).await;
        assert!(matches!(slowed, Err(PeopleError::TooManyTries { .. })), "the tries count: {slowed:?}");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_partner_s_buyer_becomes_no_account_s(pool: PgPool) {
        let people = node_at(&pool, &clock());
        let key = partner(&people, Quota::PARTNER).await;
        let theirs = people.open_session(Some(&key)).await.expect("a session");
        let new = NewAccount {
            email: "ada@example.org".into(),
            password: PASSWORD.into(),
            name: "Ada".into(),
            buyer: Some(theirs.buyer_id),
        };
        people.sign_up(new, None).await.expect("taken");
        let known = async |token: &str| people.authenticate(token).await.expect("an answer");
        let still = known(&theirs.token).await.expect("known");
        assert_eq!(still.partner, Some(key), "the partner's still");
        let ada = people.log_in(Login { before: Some(theirs.token.clone()), ..login() }).await.expect("signed in");
        assert_eq!(known(&theirs.token).await, None, "one token a browser");
        assert!(!known(&ada.token).await.expect("known").ids.has(theirs.buyer_id));
        // the control: a buyer of nobody's is taken over
        let free = people.open_session(None).await.expect("a session");
        let ada = people.log_in(Login { before: Some(free.token.clone()), ..login() }).await.expect("signed in");
        assert!(known(&ada.token).await.expect("known").ids.has(free.buyer_id));
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn an_account_that_took_over_all_it_may_signs_in_as_ever(pool: PgPool) {
        let people = node_at(&pool, &clock());
        signed_up(&people).await;
        let linked = "INSERT INTO buyers (id, created_at, account_id, linked_at)
            SELECT gen_random_uuid(), created_at, id, created_at FROM accounts, generate_series(2, 200)";
        spoil(&pool, linked).await;
        let one_more = people.open_session(None).await.expect("a session");
        let ada = people.log_in(Login { before: Some(one_more.token.clone()), ..login() }).await.expect("signed in");
        let known = async |token: &str| people.authenticate(token).await.expect("an answer");
        assert!(!known(&ada.token).await.expect("known").ids.has(one_more.buyer_id));
        assert_eq!(known(&one_more.token).await, None, "its session ends all the same");
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn who_was_taken_over_long_ago_is_the_account_s_and_not_of_late(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        signed_up(&people).await;
        let mut signed_in = Vec::new();
        for _ in 0..2 {
            let before = people.open_session(None).await.expect("opened");
            let account = people.log_in(Login { before: Some(before.token), ..login() }).await.expect("signed in");
            let ids = people.authenticate(&account.token).await.expect("an answer").expect("known").ids;
            assert_eq!(ids.of_late().nth(1), Some(before.buyer_id));
            signed_in.push((ids.all().count(), ids.of_late().count()));
            clock.advance(Duration::from_secs(26 * 3_600));
        }
        assert_eq!(signed_in, [(2, 2), (3, 2)]);
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn the_fifty_first_session_ends_the_oldest(pool: PgPool) {
        let clock = clock();
        let people = node_at(&pool, &clock);
        signed_up(&people).await;
        let first = people.log_in(login()).await.expect("signed in");
        let me =
            people.authenticate(&first.token).await.expect("an answer").and_then(|buyer| buyer.signed_in).expect("signed in");
        spoil(
            &pool,
            "INSERT INTO sessions (token_hash, buyer_id, created_at, expires_at, id, account_id, last_seen_at, agent, address)
             SELECT sha256(n::text::bytea), buyer_id, created_at, expires_at, ('ffffffff-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
                 account_id, last_seen_at, '', '' FROM sessions, generate_series(1, 49) AS n WHERE account_id IS NOT NULL",
        )
        .await;
        assert_eq!(people.my_sessions(me, None, 100).await.expect("sessions").len(), 50);
        clock.advance(Duration::from_secs(1));
        people.log_in(login()).await.expect("signed in");
        assert_eq!(people.my_sessions(me, None, 100).await.expect("sessions").len(), 50);
    }
}
