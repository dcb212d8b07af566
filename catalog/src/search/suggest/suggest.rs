//! Suggestions while somebody types: the best of each kind, from the first character.

use domain::Invalid;
use domain::text::fold;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::completion;
use super::phrases::{Phrase, holds, phrases};
use crate::index::schema::class;
use crate::index::{Fault, key};
use crate::model::Kind;
use crate::search::answer::{Hit, Shown, hits};
use crate::search::candidate::Candidate;
use crate::search::effort::Effort;
use crate::search::filter::Filters;
use crate::search::overlay::AvailabilityOverlay;
use crate::search::question::query::{MAX_LIMIT, MAX_TEXT_CHARS, Query};
use crate::search::question::{cut, parse};
use crate::search::segment::Segment;
use crate::search::segment::names::Names;
use crate::search::segment::snapshot::Snapshot;
use crate::search::walk::holders::Grades;
use crate::search::walk::order::Key;
use crate::search::walk::paged::Paged;
use crate::search::walk::rank;
use crate::search::walk::wanted::Wanted;
use crate::search::words::reading;
use crate::search::words::synonyms::Synonyms;
use crate::search::words::word::{Stage, Variant, Word};

/// Suggestions of each kind if nothing else is asked for.
const DEFAULT_SUGGESTIONS: u16 = 5;

/// Of events that hold the question's rarest word so many are looked at, the soonest ones, in each segment as many as it has of all: who
/// has typed one letter means something popular that is near.
const MAX_EVENTS: usize = 30_000;

/// Of more misspelt words than these nothing is suggested: each costs a walk over the vocabulary, on threads that everybody waits for.
const MAX_BENT: usize = 4;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub q: String,
    /// Of each kind.
    pub limit: u16,
    /// Events that are over too.
    pub past: bool,
}

impl Prompt {
    /// Reads the parameters of a URL; an empty value counts as absent, but for an empty limit.
    ///
    /// Refuses   an unknown parameter, one given twice, a q that is too long, a limit that makes no sense: the field is named.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Invalid> {
        let mut prompt = Self { q: String::new(), limit: DEFAULT_SUGGESTIONS, past: false };
        for (at, (name, value)) in parameters.iter().enumerate() {
            if parameters[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(Invalid::new(name, "is given twice"));
            }
            match (name.as_str(), value.trim()) {
                ("q" | "past", "") => {}
                (_, value) if value.contains('\0') => return Err(Invalid::new(name.replace('\0', ""), "must not contain NUL")),
                ("q", value) => prompt.q = parse::text(name, value, MAX_TEXT_CHARS)?,
                ("limit", value) => prompt.limit = parse::limit(value)?.min(MAX_LIMIT),
                ("past", value) => prompt.past = parse::yes_or_no(name, value)?,
                _ => return Err(parse::unknown(name)),
            }
        }
        Ok(prompt)
    }
}

/// The best of each kind, popular ones first.
#[derive(Debug, Clone, Serialize)]
pub struct Suggestions {
    pub events: Vec<Hit>,
    pub series: Vec<Hit>,
    pub performers: Vec<Hit>,
    pub venues: Vec<Hit>,
    pub cities: Vec<CityHit>,
    /// Questions that go on from this one: names that hold its words, then what its last word may become.
    pub queries: Vec<String>,
    pub generation: u64,
}

/// A city in which something is or was on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CityHit {
    pub kind: &'static str,
    pub id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    pub slug: String,
    pub name: String,
    pub country: String,
    pub country_name: String,
}

/// Suggests. Words are bent only when nothing at all holds them as they are.
pub fn suggest(
    snapshot: &Snapshot,
    synonyms: &Synonyms,
    prompt: &Prompt,
    now: Timestamp,
    overlay: &AvailabilityOverlay,
) -> Result<Suggestions, Fault> {
    let texts = cut::split(&prompt.q);
    let mut suggestions = Suggestions {
        events: vec![],
        series: vec![],
        performers: vec![],
        venues: vec![],
        cities: vec![],
        queries: vec![],
        generation: snapshot.generation,
    };
    let effort = Effort::any();
    for stage in [Stage::Strict, Stage::Forgiving] {
        let mut words = reading::as_written(snapshot, synonyms, &texts, stage, &effort)?;
        if words.iter().filter(|word| reading::is_bent(word, stage)).count() > MAX_BENT {
            break;
        }
        reading::bend(snapshot, &mut words, stage, &effort)?;
        let needed: Vec<Word> = words.iter().filter(|word| word.required).cloned().collect();
        if needed.is_empty() {
            break;
        }
        let query = Query { kinds: Kind::INDEXED.to_vec(), past: prompt.past, ..Query::default() };
        let search = Search { snapshot, prompt, query, words: &needed, now };
        let places = search.places(overlay)?;
        let hits = hits::hits(snapshot, &places, &needed, &overlay.badges(), now)?;
        hits.into_iter().for_each(|hit| search.take(hit, &mut suggestions));
        suggestions.cities = search.cities()?;
        let from = if prompt.past { i64::MIN } else { now.as_second() };
        let (typed, most) = (Phrase::of(&prompt.q), usize::from(prompt.limit));
        let groups = [&suggestions.performers, &suggestions.series, &suggestions.events].map(Vec::as_slice);
        let names = phrases(groups, &needed, &typed, most);
        suggestions.queries = completion::queries(snapshot, &words, from, (typed, names), most)?;
        if !suggestions.is_empty() {
            break;
        }
    }
    Ok(suggestions)
}

impl Suggestions {
    /// The group of a hit.
    fn group_of(&mut self, hit: &Hit) -> &mut Vec<Hit> {
        match hit.shown {
            Shown::Event(_) => &mut self.events,
            Shown::Series(_) => &mut self.series,
            Shown::Performer(_) => &mut self.performers,
            Shown::Venue(_) => &mut self.venues,
        }
    }

    fn is_empty(&self) -> bool {
        let hits = [&self.events, &self.series, &self.performers, &self.venues];
        hits.iter().all(|hits| hits.is_empty()) && self.cities.is_empty() && self.queries.is_empty()
    }
}

struct Search<'a> {
    snapshot: &'a Snapshot,
    prompt: &'a Prompt,
    query: Query,
    words: &'a [Word],
    now: Timestamp,
}

/// Smaller stands first: how well the name is met, then how popular, then how soon, then the id.
type Rank = (u8, u64, u64, u128);

/// The best of one kind in one segment; of events with one title only the best.
struct Best {
    most: usize,
    places: Vec<(Rank, u64, Paged)>,
}

impl Search<'_> {
    /// The best of every kind, in order.
    fn places(&self, overlay: &AvailabilityOverlay) -> Result<Vec<Paged>, Fault> {
        let badges = overlay.badges();
        let filters = Filters::new(&self.query, self.snapshot, self.now, &badges);
        let weights = vec![1; self.words.len()];
        let (fields, words, stage) = (self.snapshot.fields, self.words, Stage::Strict);
        let wanted = |most| Wanted { fields, words, weights: &weights, stage, grades, in_pairs: false, most };
        let mut all: Vec<(Rank, Paged)> = Vec::new();
        let docs = |segment: &Segment| segment.reader.max_doc() as usize;
        let all_docs = self.snapshot.segments.iter().map(docs).sum::<usize>().max(1);
        for (at, segment) in self.snapshot.segments.iter().enumerate() {
            let mut kinds = Kind::INDEXED.map(|_| Best { most: usize::from(self.prompt.limit), places: Vec::new() });
            for range in filters.ranges(segment) {
                let dated = range.start >= segment.columns.undated;
                let most = if dated { (MAX_EVENTS * docs(segment)).div_ceil(all_docs) } else { usize::MAX };
                let (mut walk, mut block) = (wanted(most).walk(segment, std::slice::from_ref(&range))?, Vec::new());
                while walk.next(&mut block) {
                    for candidate in &block {
                        let kind =
                            if dated { Kind::Event as u64 } else { segment.columns.kind.first(candidate.doc).unwrap_or(0) };
                        if let Some(best) = kinds.get_mut(kind as usize) {
                            self.enter(best, at, segment, candidate);
                        }
                    }
                }
            }
            let badge = filters.in_segment(segment)?;
            for (rank, _, mut place) in kinds.into_iter().flat_map(|best| best.places) {
                place.availability = (place.doc >= segment.columns.undated).then(|| badge.availability(place.doc));
                all.push((rank, place));
            }
        }
        all.sort_by_key(|(rank, _)| *rank);
        Ok(all.into_iter().map(|(_, place)| place).collect())
    }

    fn enter(&self, best: &mut Best, at: usize, segment: &Segment, candidate: &Candidate) {
        let (doc, columns) = (candidate.doc, &segment.columns);
        let name_words = || columns.name_words(doc);
        let Some(tier) = tier(candidate.score, candidate.named.into(), self.words.len() as u32, name_words) else { return };
        let popularity = u64::MAX - columns.popularity.first(doc).unwrap_or(0);
        let start = || columns.start.first(doc).unwrap_or(0);
        let near = if doc < columns.undated { 0 } else { rank::nearness(start(), self.now.as_second()) };
        if best.refuses(tier, popularity, near) || !segment.is_alive(doc) {
            return;
        }
        let rank = (tier, popularity, near, columns.id(doc));
        let title = if doc < columns.undated { u64::MAX } else { columns.name.ords().first(doc).unwrap_or(u64::MAX) };
        let key = Key { first: 0, second: near, id: rank.3 };
        best.enter(rank, title, Paged { segment: at, doc, key, name: None, availability: None, metres: None, dates: None });
    }

    /// Puts a hit into its group, unless it is full or has an event of that title.
    fn take(&self, hit: Hit, suggestions: &mut Suggestions) {
        let group = suggestions.group_of(&hit);
        let known = hit.kind == Kind::Event && group.iter().any(|known| fold(&known.title) == fold(&hit.title));
        if group.len() < usize::from(self.prompt.limit) && !known {
            group.push(hit);
        }
    }

    /// Cities by their names in any spelling, those with most events first.
    fn cities(&self) -> Result<Vec<CityHit>, Fault> {
        let names = self.snapshot.names.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut found = Vec::new();
        for (number, city) in names.cities.iter().enumerate() {
            let Some(id) = city.id else { continue };
            let Some(tier) = city.spellings.iter().filter_map(|spelling| self.meets(spelling)).min() else { continue };
            found.push((tier, u32::MAX - self.snapshot.key_frequency(&key::city(id))?, number));
        }
        found.sort_unstable();
        found.truncate(usize::from(self.prompt.limit));
        Ok(found.into_iter().map(|(.., number)| city(&names, number)).collect())
    }

    /// How well a folded name meets all words: 0 as a whole, 1 in part.
    fn meets(&self, name: &str) -> Option<u8> {
        let parts = || name.split(' ');
        let all = self.words.iter().all(|word| parts().any(|part| word.variants.iter().any(|variant| holds(part, variant))));
        let whole = || self.words.len() == parts().count() && self.words.iter().all(|word| parts().any(|part| part == word.text));
        all.then(|| u8::from(!whole()))
    }
}

fn city(names: &Names, number: usize) -> CityHit {
    let city = &names.cities[number];
    let (country, country_name) = names.countries.get(city.country as usize).cloned().unwrap_or_default();
    let (id, external_id) = (city.id.unwrap_or_default(), city.external_id.clone());
    CityHit { kind: "city", id, external_id, slug: city.slug.clone(), name: city.name.clone(), country, country_name }
}

/// What a word is worth that stands in a name; in the cast or a work; elsewhere: so far apart that the score says how many there are of
/// each, the exact ones in its lowest bits, and that one word's fits sixteen bits.
const NAME: u32 = 1 << 14;
const CAST: u32 = 1 << 10;
const ELSEWHERE: u32 = 1 << 5;

fn grades(worth: u32) -> Grades {
    let exact = u32::from(worth >= Variant::ANOTHER);
    std::array::from_fn(|at| match at as u8 {
        class::ALIAS.. => ((NAME + exact) << 1) | 1,
        class::WORK | class::PERFORMER => (CAST + exact) << 1,
        class::CITY..class::ALIAS => (ELSEWHERE + exact) << 1,
        ..class::CITY => 0,
    })
}

/// 0: the whole name as it is; 1: every word in the name; 2: some word in the name, the cast or a work; none: only elsewhere.
///
/// Takes     `named`: how many of the words are in the name.
fn tier(score: u32, named: u32, words: u32, name_words: impl Fn() -> u64) -> Option<u8> {
    let others = score.saturating_sub(named * NAME);
    let (cast, exact) = (others / CAST, others % ELSEWHERE);
    match () {
        () if named == words && exact == words && u64::from(words) >= name_words() => Some(0),
        () if named == words => Some(1),
        () if named + cast > 0 => Some(2),
        () => None,
    }
}

impl Best {
    /// Whether the worst is better whatever else a place has.
    fn refuses(&self, tier: u8, popularity: u64, near: u64) -> bool {
        let better = |worst: &Rank| (worst.0, worst.1, worst.2) < (tier, popularity, near);
        self.places.len() == self.most && self.places.last().is_some_and(|(worst, ..)| better(worst))
    }

    fn enter(&mut self, rank: Rank, title: u64, place: Paged) {
        if title != u64::MAX
            && let Some(same) = self.places.iter().position(|(_, known, _)| *known == title)
        {
            if self.places[same].0 <= rank {
                return;
            }
            self.places.remove(same);
        }
        let at = self.places.partition_point(|(known, ..)| *known < rank);
        if at < self.most {
            self.places.insert(at, (rank, title, place));
            self.places.truncate(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Prompt, Invalid> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Prompt::parse(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn a_prompt_names_the_field_that_makes_no_sense() {
        assert_eq!(parse("q= ni &limit=3").expect("clear"), Prompt { q: "ni".into(), limit: 3, past: false });
        assert_eq!(parse("q=&past=").expect("forms send empty values").limit, DEFAULT_SUGGESTIONS);
        let table = [
            ("limit=", "limit"),
            ("q=a\0", "q"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("q=a&q=b", "q"),
            ("colour=red", "colour"),
            ("colour=", "colour"),
            ("past=1", "past"),
        ];
        for (text, field) in table {
            assert_eq!(parse(text).expect_err(text).field, field);
        }
        assert_eq!(parse(&format!("q={}", "é".repeat(MAX_TEXT_CHARS + 1))).expect_err("too long").field, "q");
    }

    #[test]
    fn the_best_grade_fits_sixteen_bits() {
        assert!(grades(Variant::EXACT).into_iter().all(|grade| u16::try_from(grade).is_ok()));
    }

    #[test]
    fn a_whole_name_stands_before_a_part_and_a_part_before_the_cast() {
        let table = [
            (2 * NAME + 2, 2, 2, Some(0)),
            (2 * NAME + 2, 2, 3, Some(1)),
            (2 * NAME + 1, 2, 2, Some(1)),
            (NAME + CAST + 2, 1, 2, Some(2)),
            (NAME + ELSEWHERE + 2, 1, 1, Some(2)),
            (2 * ELSEWHERE + 2, 0, 2, None),
        ];
        for (score, named, name_words, expected) in table {
            assert_eq!(tier(score, named, 2, || name_words), expected, "{score:x} {name_words}");
        }
        let most = |worth: u32| 16 * (worth + 1);
        assert_eq!(tier(most(CAST), 0, 16, || 16), Some(2));
        assert_eq!((tier(most(NAME), 16, 16, || 16), tier(most(ELSEWHERE), 0, 16, || 16)), (Some(0), None));
    }
}
