//! Who appears: bands, soloists, comedians, orchestras, companies and clubs, all invented.

use std::collections::HashSet;

use domain::PerformerId;
use domain::text::{fold, slug};

use super::cities::CityFacts;
use super::dice::Dice;
use super::hall::Design;
use super::house::DemoHouse;
use super::ids::Ids;
use super::names;
use super::words::{music, shows};

use crate::model::PerformerRow;

/// Someone on stage.
#[derive(Debug, Clone)]
pub struct Act {
    pub row: PerformerRow,
    pub genre: &'static str,
    /// 0 is the most loved of its kind.
    pub popularity: u32,
    /// Where it comes from.
    pub city: usize,
}

impl Act {
    pub fn id(&self) -> PerformerId {
        self.row.id
    }
}

/// A sports club and its home ground.
#[derive(Debug, Clone)]
pub struct Club {
    pub act: Act,
    pub sport: usize,
    pub home: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// Bands and singers, the most loved first.
    pub music: Vec<Act>,
    pub comedians: Vec<Act>,
    pub orchestras: Vec<Act>,
    /// Soloists and conductors of classical music.
    pub soloists: Vec<Act>,
    pub companies: Vec<Act>,
    pub clubs: Vec<Club>,
}

impl Roster {
    pub fn new(events: u32, seed: u64, cities: &[CityFacts], houses: &[DemoHouse], ids: &mut Ids) -> Self {
        let events = events as usize;
        let mut maker = Maker { cities, seed, ids, taken: HashSet::from([fold(HEADLINER)]) };
        let mut music = maker.acts("music", 60 + events / 45, music_act);
        if let Some(first) = music.first_mut() {
            first.row = PerformerRow { id: first.row.id, ..headliner(&cities[first.city]) };
            first.genre = "Indie rock";
        }
        Self {
            music,
            comedians: maker.acts("comedy", 20 + events / 300, comedian),
            orchestras: maker.acts("orchestras", 10 + (events / 400).min(2 * cities.len()), orchestra),
            soloists: maker.acts("soloists", 24 + events / 400, soloist),
            companies: maker.acts("companies", 16 + events / 500, company),
            clubs: maker.clubs(houses, (2 + events / 60_000).min(16)),
        }
    }

    /// Every performer's row.
    pub fn rows(&self) -> impl Iterator<Item = &PerformerRow> {
        let acts = [&self.music, &self.comedians, &self.orchestras, &self.soloists, &self.companies].into_iter().flatten();
        acts.chain(self.clubs.iter().map(|club| &club.act)).map(|act| &act.row)
    }
}

/// The most loved band of every demo.
const HEADLINER: &str = "The Night Owls";

fn headliner(city: &CityFacts) -> PerformerRow {
    let mut row = row(HEADLINER.to_owned(), "band", city);
    row.sort_name = "Night Owls, The".to_owned();
    row.description = format!("The Night Owls are five friends from {} who rehearse after midnight.", city.name);
    row
}

struct Maker<'a> {
    cities: &'a [CityFacts],
    seed: u64,
    ids: &'a mut Ids,
    /// Folded names that are taken.
    taken: HashSet<String>,
}

/// What a kind of act is made of: its row without id, and its genre.
type Make = fn(&mut Dice, &CityFacts) -> (PerformerRow, &'static str);

impl Maker<'_> {
    fn acts(&mut self, name: &str, count: usize, make: Make) -> Vec<Act> {
        let act = |rank: usize| {
            let mut dice = Dice::stream(self.seed, name, rank as u64);
            let city = dice.rank(self.cities.len());
            let (mut row, mut genre) = make(&mut dice, &self.cities[city]);
            for _ in 0..60 {
                if self.taken.insert(fold(&row.name)) {
                    break;
                }
                (row, genre) = make(&mut dice, &self.cities[city]);
            }
            row.id = self.ids.next();
            Act { row, genre, popularity: zipf(rank, &mut dice), city }
        };
        (0..count).map(act).collect()
    }

    fn clubs(&mut self, houses: &[DemoHouse], each: usize) -> Vec<Club> {
        let mut clubs = Vec::new();
        for (home, house) in houses.iter().enumerate().filter(|(_, house)| house.design == Design::Stadium) {
            let mut dice = Dice::stream(self.seed, "clubs", home as u64);
            let city = &self.cities[house.city];
            let mut names = shows::CLUBS.to_vec();
            dice.shuffle(&mut names);
            for (n, name) in names.into_iter().take(each).enumerate() {
                // Football and rugby need the big ground; the others play in halls.
                let sport = if house.places > 6_000 { [0, 3][n % 2] } else { [1, 4, 2, 5, 7, 6][(n + home) % 6] };
                let mut row = row(format!("{} {name}", city.name), "team", city);
                if !self.taken.insert(fold(&row.name)) {
                    continue;
                }
                let (kind, _) = shows::SPORTS[sport];
                row.sport = kind.to_lowercase();
                row.description = format!("{} play {} at {} and away.", row.name, kind.to_lowercase(), house.row.name);
                row.id = self.ids.next();
                let popularity = zipf(home / 2 + n * 40, &mut dice);
                clubs.push(Club { act: Act { row, genre: kind, popularity, city: house.city }, sport, home });
            }
        }
        clubs
    }
}

/// Popularity by rank: 100,000 for the first, falling with a power of the rank. Source: Zipf 1949; the exponent is our choice.
pub fn zipf(rank: usize, dice: &mut Dice) -> u32 {
    (100_000.0 / (1.0 + rank as f64).powf(0.62) * dice.between(0.8, 1.2)) as u32 + 1
}

fn row(name: String, kind: &str, city: &CityFacts) -> PerformerRow {
    PerformerRow {
        id: uuid::Uuid::nil().into(),
        external_id: None,
        source: String::new(),
        slug: slug(&name),
        sort_name: String::new(),
        kind: kind.to_owned(),
        kinds: Vec::new(),
        instruments: Vec::new(),
        sport: String::new(),
        city: city.name.clone(),
        country: city.country.clone(),
        aliases: Vec::new(),
        description: String::new(),
        name,
    }
}

/// `Family, Given` for a person.
fn sort_name(name: &str) -> String {
    name.split_once(' ').map_or_else(|| name.to_owned(), |(given, family)| format!("{family}, {given}"))
}

fn music_act(dice: &mut Dice, city: &CityFacts) -> (PerformerRow, &'static str) {
    let (genre, instruments) = *dice.pick(music::GENRES);
    let style = genre.to_lowercase();
    if dice.chance(0.24) {
        let mut row = row(names::person(dice, &city.country), "soloist", city);
        row.sort_name = sort_name(&row.name);
        row.instruments = vec![(*dice.pick(instruments)).to_owned()];
        row.description = format!("{} plays {style} and comes from {}.", row.name, city.name);
        return (row, genre);
    }
    let mut row = row(names::band(dice, &city.country), "band", city);
    let sentences = [
        format!("{} are {} group from {}.", row.name, with_article(&style), city.name),
        format!("{style} from {}, since {}.", city.name, dice.range(1996, 2024)),
        format!("{} band of {} from {}.", with_article(&style), dice.pick(&["three", "four", "five", "six"]), city.name),
        format!("{} met in {} and play {style} of their own.", row.name, city.name),
        format!("{style}, loud or quiet, from the back rooms of {}.", city.name),
    ];
    row.description = capitalised(dice.pick::<String>(&sentences));
    row.sort_name = row.name.strip_prefix("The ").map_or_else(String::new, |rest| format!("{rest}, The"));
    (row, genre)
}

fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// The sentence with a capital first letter.
fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn comedian(dice: &mut Dice, city: &CityFacts) -> (PerformerRow, &'static str) {
    let mut row = row(names::person(dice, &city.country), "comedian", city);
    row.sort_name = sort_name(&row.name);
    row.description = format!("{} is a comedian from {}.", row.name, city.name);
    (row, "Stand-up")
}

fn orchestra(dice: &mut Dice, city: &CityFacts) -> (PerformerRow, &'static str) {
    let adjective = dice.pick(music::ADJECTIVES);
    let noun = dice.pick(music::NOUNS);
    let name = match dice.below(7) {
        0 => format!("{} Chamber Philharmonic", city.name),
        1 => format!("{adjective} {noun} Chamber Orchestra"),
        2 => format!("Sinfonia {noun} {}", city.name),
        3 => format!("{} {noun} Ensemble", city.name),
        4 => format!("Camerata {noun}"),
        5 => format!("{noun} String Quartet"),
        _ => format!("{adjective} {noun} Choir {}", city.name),
    };
    let mut row = row(name, "ensemble", city);
    row.description = format!("{} was founded in {} in {}.", row.name, city.name, dice.range(1921, 2015));
    (row, "Classical")
}

fn soloist(dice: &mut Dice, city: &CityFacts) -> (PerformerRow, &'static str) {
    let mut row = row(names::person(dice, &city.country), "soloist", city);
    let instrument = *dice.pick(&[
        "violin",
        "piano",
        "cello",
        "conductor",
        "soprano",
        "tenor",
        "flute",
        "clarinet",
        "viola",
        "harp",
        "mezzo-soprano",
        "organ",
    ]);
    row.sort_name = sort_name(&row.name);
    row.description = format!("{} ({instrument}) studied in {}.", row.name, city.name);
    row.instruments = vec![instrument.to_owned()];
    (row, "Classical")
}

fn company(dice: &mut Dice, city: &CityFacts) -> (PerformerRow, &'static str) {
    let word = dice.pick(shows::COMPANIES);
    let name = match dice.below(4) {
        0 => format!("{word} Theatre Company"),
        1 => format!("{word} Players"),
        2 => format!("{word} Ensemble {}", city.name),
        _ => format!("{} {word} Theatre", city.name),
    };
    let mut row = row(name, "company", city);
    row.description = format!("{} tours from {} and works with new writers.", row.name, city.name);
    (row, "Theatre")
}
