//! An account's own verbs: it is made, shown, changed and closed.

use std::net::IpAddr;

use domain::{AccountId, BuyerId};
use sqlx::PgConnection;

use crate::error::PeopleError;
use crate::model::account::{Account, AccountChange, NewAccount, is_name};
use crate::model::email::Email;
use crate::model::session::SignedIn;
use crate::people::People;
use crate::store::accounts::{self, AccountRow};
use crate::store::sessions::{self, Ended};

impl People {
    /// Makes an account, unless the e-mail has one: both are answered alike and cost the same work.
    ///
    /// Takes     `buyer`: the browser's anonymous buyer, whose id the account takes as its own, so that nothing moves.
    /// Refuses   invalid, busy, too many tries from the address.
    #[tracing::instrument(name = "people.sign_up", level = "debug", skip_all)]
    pub async fn sign_up(&self, new: NewAccount, address: Option<IpAddr>) -> Result<(), PeopleError> {
        // before any work for it
        self.throttle.take_address(address, self.clock.now())?;
        let NewAccount { email, password, name, buyer } = new;
        let email = Email::parse(&email).ok_or_else(|| PeopleError::invalid("email", "must be an e-mail address"))?;
        let name = checked_name(&name)?;
        let hashed = self.hasher.hash_new(password, [email.typed().to_owned(), name.clone()]).await?;
        let (now, id) = (self.clock.now(), AccountId::at(self.clock.now()));
        let made = pg::transaction("people.sign_up", &self.pool, |db| {
            let (email, name, hashed) = (email.clone(), name.clone(), hashed.clone());
            Box::pin(async move {
                let buyer = own_buyer(db, buyer, now).await?;
                let new = AccountRow { id, email: &email, name: &name, password: &hashed, buyer };
                if !accounts::insert(db, &new, now).await? {
                    // rolled back with it: the buyer that was made for nobody
                    return Err(PeopleError::NotFound);
                }
                sessions::link(db, buyer, id, now).await?;
                Ok(())
            })
        });
        match made.await {
            Err(PeopleError::NotFound) => Ok(()),
            made => made,
        }
    }

    /// The account of a session.
    pub async fn account(&self, signed_in: SignedIn) -> Result<Account, PeopleError> {
        Ok(self.with_password(signed_in).await?.0)
    }

    /// Changes name or password; a new password ends all other sessions.
    ///
    /// Refuses   invalid; step_up when the password until now is wrong; too many tries.
    pub async fn change_account(&self, signed_in: SignedIn, change: AccountChange) -> Result<Account, PeopleError> {
        let AccountChange { name, password, address } = change;
        let name = name.map(|name| checked_name(&name)).transpose()?;
        let (account, hashed) = self.with_password(signed_in).await?;
        let mut fresh = None;
        if let Some((new, current)) = password {
            let own = [account.email.clone(), name.clone().unwrap_or_else(|| account.name.clone())];
            self.step_up(signed_in, &account, &hashed, current, address).await?;
            fresh = Some(self.hasher.hash_new(new, own).await?);
        }
        let now = self.clock.now();
        let ended = pg::transaction("people.change_account", &self.pool, |db| {
            let (name, fresh, hashed) = (name.clone(), fresh.clone(), hashed.clone());
            Box::pin(async move {
                if !accounts::lock(db, signed_in.account, &hashed).await? {
                    return Err(PeopleError::StepUp);
                }
                if let Some(name) = name {
                    accounts::rename(db, signed_in.account, &name).await?;
                }
                let Some(fresh) = fresh else { return Ok(Vec::new()) };
                accounts::set_password(db, signed_in.account, &fresh).await?;
                Ok(sessions::end(db, signed_in.account, Ended::Others(signed_in.session), now).await?)
            })
        });
        self.forget_sessions(ended.await?);
        self.account(signed_in).await
    }

    /// Closes an account: its sessions end, name and e-mail are forgotten, its orders stay.
    ///
    /// Refuses   step_up when the password is not the account's; too many tries.
    #[tracing::instrument(name = "people.close_account", level = "debug", skip_all)]
    pub async fn close_account(&self, signed_in: SignedIn, password: String, address: Option<IpAddr>) -> Result<(), PeopleError> {
        let (account, hashed) = self.with_password(signed_in).await?;
        self.step_up(signed_in, &account, &hashed, password, address).await?;
        let (now, id) = (self.clock.now(), signed_in.account);
        let ended = pg::transaction("people.close_account", &self.pool, |db| {
            let hashed = hashed.clone();
            Box::pin(async move {
                if !accounts::lock(db, id, &hashed).await? {
                    return Err(PeopleError::StepUp);
                }
                let mut ended = sessions::end(db, id, Ended::All, now).await?;
                ended.extend(sessions::end(db, id, Ended::Anonymous, now).await?);
                accounts::close(db, id, now).await?;
                Ok(ended)
            })
        });
        self.forget_sessions(ended.await?);
        Ok(())
    }

    /// Checks the password again, before what cannot be taken back.
    async fn step_up(
        &self,
        signed_in: SignedIn,
        account: &Account,
        hashed: &str,
        password: String,
        address: Option<IpAddr>,
    ) -> Result<(), PeopleError> {
        // the session has a bucket of its own: whoever holds a token does not guess on, and strangers do not hold its owner back
        let device = *signed_in.session.0.as_bytes();
        let tried = self.throttle.begin(&account.id.to_string(), Some(device), address, self.clock.now())?;
        match self.hasher.verify(password, Some(hashed.to_owned())).await {
            Ok(true) => {
                tried.succeeded();
                Ok(())
            }
            Ok(false) => Err(PeopleError::StepUp),
            Err(error) => {
                tried.undecided();
                Err(error)
            }
        }
    }

    async fn with_password(&self, signed_in: SignedIn) -> Result<(Account, String), PeopleError> {
        accounts::find(&self.pool, signed_in.account).await?.ok_or(PeopleError::NotFound)
    }

    /// Forgets ended sessions here at once; other nodes are told by the database.
    pub(crate) fn forget_sessions(&self, hashes: Vec<[u8; 32]>) {
        hashes.iter().for_each(|hash| self.sessions.forget(hash));
    }

    /// Passwords hashed since the start: equal answers must cost equal work.
    pub fn passwords_hashed(&self) -> u64 {
        self.hasher.done()
    }
}

/// The browser's anonymous buyer, if no account has it; else a new one.
async fn own_buyer(db: &mut PgConnection, wanted: Option<BuyerId>, now: jiff::Timestamp) -> Result<BuyerId, PeopleError> {
    if let Some(buyer) = wanted
        && sessions::is_free(db, buyer).await?
    {
        return Ok(buyer);
    }
    let buyer = BuyerId::at(now);
    sessions::new_buyer(db, buyer, now).await?;
    Ok(buyer)
}

fn checked_name(name: &str) -> Result<String, PeopleError> {
    let wrong = || PeopleError::invalid("name", "must be 1 to 200 characters, none of them control characters");
    if is_name(name) { Ok(name.trim().to_owned()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::fixture::clock;
    use crate::{Login, PeopleConfig};

    const PASSWORD: &str = "we met under the crooked elm";

    fn ada(password: &str) -> NewAccount {
        NewAccount { email: "ada@example.org".into(), password: password.into(), name: "Ada".into(), buyer: None }
    }

    #[sqlx::test(migrations = "../migrations")]
    async fn a_password_is_looked_at_only_for_who_may_try(pool: PgPool) {
        let people = People::new(pool, clock(), PeopleConfig { logins_a_minute: 1, ..PeopleConfig::default() });
        let from = Some([203, 0, 113, 9].into());
        let weak = people.sign_up(ada("passwordpassword"), from).await;
        assert!(matches!(weak, Err(PeopleError::Invalid { field: "password", .. })), "{weak:?}");
        let again = people.sign_up(ada("passwordpassword"), from).await;
        assert!(matches!(again, Err(PeopleError::TooManyTries { .. })), "{again:?}");
        people.sign_up(ada(PASSWORD), None).await.expect("taken");
        let login = Login { email: "ada@example.org".into(), password: PASSWORD.into(), ..Login::default() };
        let token = people.log_in(login).await.expect("signed in").token;
        let me = people.authenticate(&token).await.expect("an answer").and_then(|buyer| buyer.signed_in).expect("signed in");
        let change = async |current: &str| {
            let password = Some(("passwordpassword".to_owned(), current.to_owned()));
            people.change_account(me, AccountChange { name: None, password, address: from }).await.expect_err("refused")
        };
        assert!(matches!(change("not the one of anybody").await, PeopleError::StepUp));
        for _ in 0..2 {
            assert!(matches!(change(PASSWORD).await, PeopleError::Invalid { field: "password", .. }));
        }
        assert!(
            matches!(change(PASSWORD).await, PeopleError::TooManyTries { .. }),
            "three a minute for an address, right ones too"
        );
    }
}
