//! The writing side: references resolved, what is new copied in, what differs updated, the change feed told.

use std::collections::HashMap;
use std::hash::Hash;

use domain::{CityId, Clock, EventId, OrganiserId, PerformerId, Place, SeriesId, VenueId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::draft::{self, Drafts, EventDraft, VenueDraft};
use super::report::{BadLine, BadLines};
use crate::model::{City, EventRow, Kind, NewPerformer, NewSeries, VenueRow};
use crate::store::{self, changes, cities::CityKey};

/// One file's writing, batch after batch.
pub(super) struct Writer {
    clock: Clock,
    venues: References<VenueId>,
    series: References<SeriesId>,
    performers: References<PerformerId>,
    pub records: u64,
    pub created: u64,
    pub changed: u64,
}

impl Writer {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            venues: References::default(),
            series: References::default(),
            performers: References::default(),
            records: 0,
            created: 0,
            changed: 0,
        }
    }

    /// Writes a batch; once a line is bad, only looks for more bad lines.
    pub(super) async fn write(&mut self, conn: &mut PgConnection, drafts: Drafts, bad: &mut BadLines) -> sqlx::Result<()> {
        refuse_others(conn, &drafts, bad).await?;
        match drafts {
            Drafts::Venues(drafts) if bad.total == 0 => self.venues(conn, drafts).await,
            Drafts::Performers(drafts) if bad.total == 0 => self.performers(conn, drafts).await,
            Drafts::Series(drafts) if bad.total == 0 => self.series(conn, drafts).await,
            Drafts::Events(drafts) => self.events(conn, drafts, bad).await,
            _ => Ok(()),
        }
    }

    async fn venues(&mut self, conn: &mut PgConnection, drafts: Vec<(u64, VenueDraft)>) -> sqlx::Result<()> {
        let cities = self.cities(conn, &drafts).await?;
        let ids: Vec<String> = drafts.iter().filter_map(|(_, draft)| draft.new.external_id.clone()).collect();
        let known = store::venues::by_external_ids(conn, &ids).await?;
        let rows = drafts.into_iter().map(|(_, draft)| venue_row(draft, &known, &cities, &self.clock));
        let (old, new) = split(rows, |row| known_to(&known, &row.external_id));
        store::venues::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::venues::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        let created = new.iter().map(|row| row.id.0).collect();
        self.tell(conn, Kind::Venue, created, changed, old.len()).await
    }

    async fn cities(&mut self, conn: &mut PgConnection, drafts: &[(u64, VenueDraft)]) -> sqlx::Result<HashMap<CityKey, CityId>> {
        let mut wanted: HashMap<CityKey, City> = HashMap::new();
        for (_, draft) in drafts.iter().filter(|(_, draft)| has_city(draft)) {
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

    async fn performers(&mut self, conn: &mut PgConnection, drafts: Vec<(u64, NewPerformer)>) -> sqlx::Result<()> {
        let ids: Vec<String> = drafts.iter().filter_map(|(_, new)| new.external_id.clone()).collect();
        let known = store::performers::by_external_ids(conn, &ids).await?;
        let rows = drafts.into_iter().map(|(_, new)| {
            let id = new.external_id.as_ref().and_then(|id| known.get(id)).copied();
            draft::performer_row(new, id, &self.clock)
        });
        let (old, new) = split(rows, |row| known_to(&known, &row.external_id));
        store::performers::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::performers::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        let created = new.iter().map(|row| row.id.0).collect();
        self.tell(conn, Kind::Performer, created, changed, old.len()).await
    }

    async fn series(&mut self, conn: &mut PgConnection, drafts: Vec<(u64, NewSeries)>) -> sqlx::Result<()> {
        let ids: Vec<String> = drafts.iter().filter_map(|(_, new)| new.external_id.clone()).collect();
        let known = store::series::by_external_ids(conn, &ids).await?;
        let rows = drafts.into_iter().map(|(_, new)| {
            let id = new.external_id.as_ref().and_then(|id| known.get(id)).copied();
            draft::series_row(new, id, &self.clock)
        });
        let (old, new) = split(rows, |row| known_to(&known, &row.external_id));
        store::series::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::series::update(conn, Some(OrganiserId::HOUSE), &old, &[]).await?;
        let created = new.iter().map(|row| row.id.0).collect();
        self.tell(conn, Kind::Series, created, changed, old.len()).await
    }

    async fn events(&mut self, conn: &mut PgConnection, drafts: Vec<(u64, EventDraft)>, bad: &mut BadLines) -> sqlx::Result<()> {
        self.learn_references(conn, &drafts).await?;
        let ids: Vec<String> = drafts.iter().filter_map(|(_, draft)| draft.new.external_id.clone()).collect();
        let known = store::events::by_external_ids(conn, &ids).await?;
        let mut rows = Vec::with_capacity(drafts.len());
        for (line, draft) in drafts {
            match self.event_row(draft, &known) {
                Ok(row) => rows.push(row),
                Err((field, detail)) => bad.push(BadLine { line, field: Some(field), detail }),
            }
        }
        if bad.total > 0 {
            return Ok(());
        }
        let (old, new) = split(rows.into_iter(), |row| known_to(&known, &row.external_id));
        store::events::copy_in(conn, OrganiserId::HOUSE, &new).await?;
        let changed = store::events::update_facts(conn, Some(OrganiserId::HOUSE), &old).await?;
        let created = new.iter().map(|row| row.id.0).collect();
        self.tell(conn, Kind::Event, created, changed, old.len()).await
    }

    async fn learn_references(&mut self, conn: &mut PgConnection, drafts: &[(u64, EventDraft)]) -> sqlx::Result<()> {
        let unheard = self.venues.unheard(drafts.iter().filter_map(|(_, draft)| draft.venue.as_ref()));
        self.venues.learn(unheard.clone(), store::venues::by_external_ids(conn, &unheard).await?);
        let unheard = self.series.unheard(drafts.iter().filter_map(|(_, draft)| draft.series.as_ref()));
        // a series is its organiser's: another's is as absent
        let others = store::series::of_others(conn, OrganiserId::HOUSE, &unheard).await?;
        let mut known = store::series::by_external_ids(conn, &unheard).await?;
        known.retain(|id, _| !others.contains(id));
        self.series.learn(unheard, known);
        let unheard = self.performers.unheard(drafts.iter().flat_map(|(_, draft)| &draft.performers));
        self.performers.learn(unheard.clone(), store::performers::by_external_ids(conn, &unheard).await?);
        Ok(())
    }

    fn event_row(&self, draft: EventDraft, known: &HashMap<String, EventId>) -> Result<EventRow, (String, String)> {
        let mut new = draft.new;
        new.venue_id = self.venues.of("venue", "venue_id", draft.venue.as_ref())?;
        new.series_id = self.series.of("series", "series_id", draft.series.as_ref())?;
        for (n, (cast, id)) in new.performers.iter_mut().zip(&draft.performers).enumerate() {
            let found = self.performers.of("performer", &format!("performers[{n}].id"), Some(id))?;
            cast.performer_id = found.unwrap_or(cast.performer_id);
        }
        let id = known_to(known, &new.external_id).unwrap_or_else(|| EventId::at(self.clock.now()));
        Ok(crate::write::events::row_without_tiers(id, new, draft.source))
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

/// Names the lines that are other organisers' records: an import writes for the house.
async fn refuse_others(conn: &mut PgConnection, drafts: &Drafts, bad: &mut BadLines) -> sqlx::Result<()> {
    let (house, lines) = (OrganiserId::HOUSE, named(drafts));
    let ids: Vec<String> = lines.iter().map(|(_, id)| id.clone()).collect();
    let others = match drafts {
        Drafts::Venues(_) => store::venues::of_others(conn, house, &ids).await?,
        Drafts::Performers(_) => store::performers::of_others(conn, house, &ids).await?,
        Drafts::Series(_) => store::series::of_others(conn, house, &ids).await?,
        Drafts::Events(_) => store::events::of_others(conn, house, &ids).await?,
    };
    for (line, _) in lines.into_iter().filter(|(_, id)| others.contains(id)) {
        bad.push(BadLine { line, field: Some("id".to_owned()), detail: "belongs to another organiser".to_owned() });
    }
    Ok(())
}

/// Lines and the external ids that they name.
fn named(drafts: &Drafts) -> Vec<(u64, String)> {
    fn of<'a>(lines: impl Iterator<Item = (u64, &'a Option<String>)>) -> Vec<(u64, String)> {
        lines.filter_map(|(line, id)| Some((line, id.clone()?))).collect()
    }
    match drafts {
        Drafts::Venues(drafts) => of(drafts.iter().map(|(line, draft)| (*line, &draft.new.external_id))),
        Drafts::Performers(drafts) => of(drafts.iter().map(|(line, new)| (*line, &new.external_id))),
        Drafts::Series(drafts) => of(drafts.iter().map(|(line, new)| (*line, &new.external_id))),
        Drafts::Events(drafts) => of(drafts.iter().map(|(line, draft)| (*line, &draft.new.external_id))),
    }
}

/// External ids seen so far in the file, and what they are; `None` is nothing.
#[derive(Debug)]
struct References<Id>(HashMap<String, Option<Id>>);

impl<Id> Default for References<Id> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Id: Copy> References<Id> {
    fn unheard<'a>(&self, names: impl Iterator<Item = &'a String>) -> Vec<String> {
        let mut unheard: Vec<String> = names.filter(|name| !self.0.contains_key(*name)).cloned().collect();
        unheard.sort_unstable();
        unheard.dedup();
        unheard
    }

    fn learn(&mut self, asked: Vec<String>, known: HashMap<String, Id>) {
        self.0.extend(asked.into_iter().map(|name| {
            let id = known.get(&name).copied();
            (name, id)
        }));
    }

    fn of(&self, kind: &str, field: &str, name: Option<&String>) -> Result<Option<Id>, (String, String)> {
        let Some(name) = name else { return Ok(None) };
        let id = self.0.get(name).copied().flatten();
        id.map(Some).ok_or_else(|| (field.to_owned(), format!("no {kind} has the id {name:?}")))
    }
}

/// Known records and new ones.
fn split<Row, Id>(rows: impl Iterator<Item = Row>, known: impl Fn(&Row) -> Option<Id>) -> (Vec<Row>, Vec<Row>) {
    rows.partition(|row| known(row).is_some())
}

fn known_to<Id: Copy>(known: &HashMap<impl Eq + Hash + std::borrow::Borrow<str>, Id>, id: &Option<String>) -> Option<Id> {
    id.as_deref().and_then(|id| known.get(id)).copied()
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

fn venue_row(draft: VenueDraft, known: &HashMap<String, VenueId>, cities: &HashMap<CityKey, CityId>, clock: &Clock) -> VenueRow {
    let city_id = if has_city(&draft) { cities.get(&city(&draft, clock).key()).copied() } else { None };
    let id = known_to(known, &draft.new.external_id).unwrap_or_else(|| VenueId::at(clock.now()));
    crate::write::venues::row(id, city_id, draft.new)
}
