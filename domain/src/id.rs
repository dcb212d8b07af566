//! Ids: UUIDv7, one type per noun so that a hold's id cannot stand where an order's is meant.

use jiff::Timestamp;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a new id (UUIDv7, RFC 9562 section 5.7) whose time part is `now`, read from the caller's clock.
            pub fn at(now: Timestamp) -> Self {
                Self(uuid_at(now))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            /// Reads the hyphenated form only: one id has one spelling, so that URLs and cache keys have one too.
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                let id = Uuid::try_parse(text)?;
                if text.len() == 36 { Ok(Self(id)) } else { Uuid::try_parse("not hyphenated").map(Self) }
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

impl PassId {
    /// When it was given; none for an id that was not made by [`PassId::at`].
    pub fn given_at(self) -> Option<Timestamp> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
    }
}

ids! {
    /// One performance at one venue at one time.
    EventId,
    /// A tour, a play's run, a film, a season.
    SeriesId,
    /// A person or group on stage.
    PerformerId,
    /// A place with an address.
    VenueId,
    /// A city in which venues stand.
    CityId,
    /// A picture that an organiser uploaded.
    ImageId,
    /// One version of one of a venue's seat maps.
    SeatMapId,
    /// A buyer's temporary claim on seats.
    HoldId,
    /// A buyer's place in an event's waitlist.
    EntryId,
    /// A paid (or free) hold.
    OrderId,
    /// The right to one place at one event.
    TicketId,
    /// One attempt to pay for a hold.
    PaymentId,
    /// Who buys; anonymous buyers too.
    BuyerId,
    /// A person who can sign in.
    AccountId,
    /// One browser or program that signed in to an account.
    SessionId,
    /// An API key of an organiser, partner or admin.
    KeyId,
    /// One admission from an event's queue into booking.
    PassId,
    /// Who owns events: a tenant.
    OrganiserId,
}

impl OrganiserId {
    /// The organiser that owns what was there before there were others, and what is imported.  Source: migration 0008.
    pub const HOUSE: Self = Self(Uuid::from_u128(0x7000_8000_0000_0000_0001));
}

fn uuid_at(now: Timestamp) -> Uuid {
    let millis = now.as_millisecond().max(0).unsigned_abs();
    // the thread's own generator (ChaCha, seeded by the system): no system call an id
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_says_when_it_was_given_and_an_id_of_elsewhere_does_not() {
        let given = Timestamp::from_second(1_000).expect("in range");
        assert_eq!((PassId::at(given).given_at(), PassId(Uuid::nil()).given_at()), (Some(given), None));
    }

    #[test]
    fn an_id_is_version_seven_and_sorts_by_time() {
        let early = EventId::at(Timestamp::from_second(1_000).expect("in range"));
        let late = EventId::at(Timestamp::from_second(2_000).expect("in range"));
        assert_eq!(early.0.get_version_num(), 7);
        assert!(early < late);
    }

    #[test]
    fn only_the_hyphenated_spelling_is_read() {
        let id = EventId::at(Timestamp::UNIX_EPOCH);
        assert_eq!(id.to_string().parse::<EventId>().expect("own spelling"), id);
        assert!(id.0.simple().to_string().parse::<EventId>().is_err());
        assert!("nonsense".parse::<EventId>().is_err());
    }
}
