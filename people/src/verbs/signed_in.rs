//! An account's sessions, as their owner sees and ends them.

use domain::SessionId;

use crate::error::PeopleError;
use crate::model::account::SessionLine;
use crate::model::session::SignedIn;
use crate::people::People;
use crate::store::sessions::{self, Ended};

impl People {
    /// The account's living sessions, newest first. `before`: the last id of the previous page.
    pub async fn my_sessions(
        &self,
        me: SignedIn,
        before: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<SessionLine>, PeopleError> {
        Ok(sessions::of_account(&self.pool, me.account, before, limit, self.clock.now()).await?)
    }

    /// Ends one session of the account, on every node within a second.
    ///
    /// Refuses   NotFound, also for another account's.
    pub async fn end_my_session(&self, me: SignedIn, session: SessionId) -> Result<(), PeopleError> {
        if self.end(me, Ended::One(session)).await? == 0 { Err(PeopleError::NotFound) } else { Ok(()) }
    }

    /// Ends all sessions of the account but this one. Gives how many.
    pub async fn end_my_other_sessions(&self, me: SignedIn) -> Result<usize, PeopleError> {
        self.end(me, Ended::Others(me.session)).await
    }

    async fn end(&self, me: SignedIn, which: Ended) -> Result<usize, PeopleError> {
        let mut db = self.pool.acquire().await?;
        let ended = sessions::end(&mut db, me.account, which, self.clock.now()).await?;
        let many = ended.len();
        self.forget_sessions(ended);
        Ok(many)
    }
}
