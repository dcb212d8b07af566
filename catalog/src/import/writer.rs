//! The writing side: what is new copied in, what differs updated, the change feed told.

use std::collections::HashMap;

use domain::{CityId, Clock, OrganiserId, Place, VenueId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::draft::VenueDraft;
use super::resolver::{Rows, Split};
use crate::model::{City, EventRow, Kind, PerformerRow, SeriesRow, VenueRow};
use crate::store::{self, Aside, HeldReferences, changes, cities::CityKey};

/// One file's writing, batch after batch.
pub(super) struct Writer {
    clock: Clock,
    held: HeldReferences,
    /// Indexes, where the file brings the first events of all.
    aside: Option<Aside>,
    pub records: u64,
    pub created: u64,
    pub changed: u64,
}

impl Writer {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, held: HeldReferences::default(), aside: None, records: 0, created: 0, changed: 0 }
    }

    /// Puts indexes aside, for many events where there are none.
    ///
    /// Gives     whether there are none yet; if somebody has brought some meanwhile, the transaction is to be given up.
    pub(super) async fn first_of_all(&mut self, conn: &mut PgConnection) -> sqlx::Result<bool> {
        self.aside = store::events::put_aside(conn).await?;
        Ok(self.aside.is_some())
    }

    /// Ends the writing: what was put aside comes back.
    pub(super) async fn end(&mut self, conn: &mut PgConnection) -> sqlx::Result<()> {
        match self.aside.take() {
            Some(aside) => aside.back(conn).await,
            None => Ok(()),
        }
    }

    pub(super) async fn write(&mut self, conn: &mut PgConnection, rows: Rows) -> sqlx::Result<()> {
        match rows {
            Rows::Venues(venues) => self.venues(conn, venues).await,
            Rows::Performers(performers) => self.performers(conn, performers).await,
            Rows::Series(series) => self.series(conn, series).await,
            Rows::Events(events) => self.events(conn, events).await,
        }
    }

    async fn venues(&mut self, conn: &mut PgConnection, venues: Split<(VenueId, VenueDraft)>) -> sqlx::Result<()> {
        let cities = self.cities(conn, venues.old.iter().chain(&venues.new).map(|(_, draft)| draft)).await?;
        let rows = |drafts: Vec<(VenueId, VenueDraft)>| -> Vec<VenueRow> {
            drafts.into_iter().map(|(id, draft)| venue_row(id, draft, &cities, &self.clock)).collect()
        };
        let (old, new) = (rows(venues.old), rows(venues.new));
        store::venues::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::venues::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        self.tell(conn, Kind::Venue, new.iter().map(|row| row.id.0).collect(), changed, old.len()).await
    }

    async fn cities(
        &self,
        conn: &mut PgConnection,
        venues: impl Iterator<Item = &VenueDraft>,
    ) -> sqlx::Result<HashMap<CityKey, CityId>> {
        let mut wanted: HashMap<CityKey, City> = HashMap::new();
        for draft in venues.filter(|draft| has_city(draft)) {
            let city = city(draft, &self.clock);
            let same = wanted.entry(city.key()).or_insert_with(|| City { aliases: Vec::new(), ..city.clone() });
            same.place = same.place.or(city.place);
            let unheard: Vec<String> = city.aliases.into_iter().filter(|alias| !same.aliases.contains(alias)).collect();
            same.aliases.extend(unheard);
        }
        let mut wanted: Vec<City> = wanted.into_values().collect();
        wanted.sort_by_key(City::key);
        let ensured = store::cities::ensure(conn, &wanted).await?;
        changes::append(conn, Kind::City, &ensured.changed).await?;
        Ok(ensured.ids)
    }

    async fn performers(&mut self, conn: &mut PgConnection, Split { old, new }: Split<PerformerRow>) -> sqlx::Result<()> {
        store::performers::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::performers::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        self.tell(conn, Kind::Performer, new.iter().map(|row| row.id.0).collect(), changed, old.len()).await
    }

    async fn series(&mut self, conn: &mut PgConnection, Split { old, new }: Split<SeriesRow>) -> sqlx::Result<()> {
        store::series::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::series::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        self.tell(conn, Kind::Series, new.iter().map(|row| row.id.0).collect(), changed, old.len()).await
    }

    async fn events(&mut self, conn: &mut PgConnection, Split { old, new }: Split<EventRow>) -> sqlx::Result<()> {
        store::events::copy_in_holding(conn, OrganiserId::HOUSE, &new, &mut self.held).await?;
        let changed = store::events::update_facts(conn, Some(OrganiserId::HOUSE), &old).await?;
        self.tell(conn, Kind::Event, new.iter().map(|row| row.id.0).collect(), changed, old.len()).await
    }

    async fn tell(
        &mut self,
        conn: &mut PgConnection,
        kind: Kind,
        created: Vec<Uuid>,
        changed: Vec<Uuid>,
        old: usize,
    ) -> sqlx::Result<()> {
        self.records += (created.len() + old) as u64;
        self.created += created.len() as u64;
        self.changed += changed.len() as u64;
        changes::append(conn, kind, &created).await?;
        changes::append(conn, kind, &changed).await
    }
}

fn has_city(draft: &VenueDraft) -> bool {
    !(draft.new.city.is_empty() && draft.new.country.is_empty())
}

/// The city of a venue's address. A circuit lies outside its city; the other kinds carry their city's coordinates.
fn city(draft: &VenueDraft, clock: &Clock) -> City {
    let new = &draft.new;
    let stands_for_city = !new.city.is_empty() && new.kind != "circuit";
    City {
        id: CityId::at(clock.now()),
        external_id: None,
        slug: domain::text::slug(&new.city),
        name: new.city.clone(),
        region: new.region.clone(),
        country: new.country.clone(),
        country_name: draft.country_name.clone(),
        place: new.lat.zip(new.lon).filter(|_| stands_for_city).and_then(|(lat, lon)| Place::new(lat, lon)),
        timezone: new.timezone.clone(),
        population: 0,
        aliases: draft.city_aliases.clone(),
    }
}

fn venue_row(id: VenueId, draft: VenueDraft, cities: &HashMap<CityKey, CityId>, clock: &Clock) -> VenueRow {
    let city_id = if has_city(&draft) { cities.get(&city(&draft, clock).key()).copied() } else { None };
    crate::write::venues::row(id, city_id, draft.new)
}
