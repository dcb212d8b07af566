//! Phrases of a question that say when or where, whatever the catalogue holds.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::occasion::Occasion;
use crate::index::stop_words::{MONTHS, month};

/// What a phrase says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phrase {
    When(Occasion),
    /// The first day of a month.
    Month(Date),
    /// Where whoever asks is.
    Near,
    /// That something is on, or can be bought: nothing that sets one event apart.
    Anything,
}

const OCCASIONS: [(&[&str], Occasion); 7] = [
    (&["today", "heute", "aujourd'hui", "aujourdhui", "hoy", "oggi", "vandaag"], Occasion::Today),
    (
        &["tonight", "heute abend", "heute nacht", "ce soir", "cette nuit", "esta noche", "stasera", "questa sera", "vanavond"],
        Occasion::Tonight,
    ),
    (&["tomorrow", "morgen", "demain", "manana", "domani"], Occasion::Tomorrow),
    (
        &[
            "weekend",
            "wochenende",
            "am wochenende",
            "dieses wochenende",
            "week end",
            "ce week end",
            "ce weekend",
            "fin de semana",
            "este fin de semana",
            "fine settimana",
            "questo fine settimana",
            "questo weekend",
            "dit weekend",
        ],
        Occasion::Weekend,
    ),
    (
        &[
            "nachstes wochenende",
            "week end prochain",
            "weekend prochain",
            "proximo fin de semana",
            "prossimo weekend",
            "prossimo fine settimana",
            "volgend weekend",
        ],
        Occasion::NextWeekend,
    ),
    (&["diese woche", "cette semaine", "esta semana", "questa settimana", "deze week"], Occasion::Week),
    (
        &["nachste woche", "semaine prochaine", "proxima semana", "prossima settimana", "settimana prossima", "volgende week"],
        Occasion::NextWeek,
    ),
];

/// The most words of a phrase.
pub const MAX_PHRASE_WORDS: usize = 4;

impl Phrase {
    /// Takes     `words`: folded, with a space between; `year`: one that the question names.
    pub fn read(words: &str, year: Option<i16>, now: Timestamp) -> Option<Self> {
        Some(match words {
            "this evening" => Self::When(Occasion::Tonight),
            "this weekend" => Self::When(Occasion::Weekend),
            "next weekend" => Self::When(Occasion::NextWeekend),
            "this week" => Self::When(Occasion::Week),
            "next week" => Self::When(Occasion::NextWeek),
            "near me" | "nearby" | "near by" | "around me" | "close to me" | "near here" => Self::Near,
            "event" | "events" | "show" | "shows" | "ticket" | "tickets" | "things to do" | "whats on" | "what's on" => {
                Self::Anything
            }
            "this month" => Self::Month(now.to_zoned(TimeZone::UTC).date().first_of_month()),
            "next month" => Self::Month(now.to_zoned(TimeZone::UTC).date().last_of_month().tomorrow().ok()?),
            _ => return occasion(words).or_else(|| day(words)).or_else(|| named_month(words, year, now)),
        })
    }
}

/// An occasion in English, German, French, Spanish, Italian or Dutch, folded. Days of the week and months are understood in English alone:
/// many a name is one elsewhere, such as Domingo.
fn occasion(words: &str) -> Option<Phrase> {
    let (_, occasion) = OCCASIONS.iter().find(|(names, _)| names.contains(&words))?;
    Some(Phrase::When(*occasion))
}

/// A day of the week, with what may stand around it; `next` is not today.
fn day(words: &str) -> Option<Phrase> {
    let after = words.strip_prefix("next ");
    let words = words.strip_prefix("this ").or(after).unwrap_or(words);
    let words = words.strip_suffix(" night").or_else(|| words.strip_suffix(" evening")).unwrap_or(words);
    let Some(Occasion::On(day)) = Occasion::parse(words) else { return None };
    Some(Phrase::When(if after.is_some() { Occasion::Next(day) } else { Occasion::On(day) }))
}

/// The month of that name in the year that is named, else the next one; `next` is not the one that it is.
fn named_month(words: &str, year: Option<i16>, now: Timestamp) -> Option<Phrase> {
    let after = words.strip_prefix("next ");
    let name = words.strip_prefix("this ").or(after).unwrap_or(words);
    let today = now.to_zoned(TimeZone::UTC).date();
    let name = month(name).unwrap_or(name);
    let number = MONTHS.into_iter().zip(1_i8..).find(|(known, _)| *known == name).map(|(_, number)| number)?;
    let is_over = number < today.month() || after.is_some() && number == today.month();
    let next = if is_over { today.year().saturating_add(1) } else { today.year() };
    Date::new(year.unwrap_or(next), number, 1).ok().map(Phrase::Month)
}

/// The year that a word is, if it is one.
pub fn year(word: &str) -> Option<i16> {
    word.parse().ok().filter(|year| word.len() == 4 && (1_000..3_000).contains(year))
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday;

    use super::*;

    #[test]
    fn phrases_say_when_and_where() {
        let now = "2027-03-12T12:00:00Z".parse().expect("an instant");
        let when = |occasion| Some(Phrase::When(occasion));
        let first = |text: &str| Some(Phrase::Month(text.parse().expect("a day")));
        let table = [
            ("tonight", None, when(Occasion::Tonight)),
            ("this weekend", None, when(Occasion::Weekend)),
            ("friday", None, when(Occasion::On(Weekday::Friday))),
            ("this saturday night", None, when(Occasion::On(Weekday::Saturday))),
            ("next friday", None, when(Occasion::Next(Weekday::Friday))),
            ("march", None, first("2027-03-01")),
            ("next march", None, first("2028-03-01")),
            ("may", None, first("2027-05-01")),
            ("next may", None, first("2027-05-01")),
            ("feb", None, first("2028-02-01")),
            ("this month", None, first("2027-03-01")),
            ("next month", None, first("2027-04-01")),
            ("february", Some(2027), first("2027-02-01")),
            ("near me", None, Some(Phrase::Near)),
            ("tickets", None, Some(Phrase::Anything)),
            ("heute abend", None, when(Occasion::Tonight)),
            ("aujourd'hui", None, when(Occasion::Today)),
            ("este fin de semana", None, when(Occasion::Weekend)),
            ("prossimo weekend", None, when(Occasion::NextWeekend)),
            ("volgende week", None, when(Occasion::NextWeek)),
            ("domingo", None, None),
            ("31 february", None, None),
            ("24:00", None, None),
            ("night", None, None),
            ("this", None, None),
            ("", None, None),
        ];
        for (words, year, expected) in table {
            assert_eq!(Phrase::read(words, year, now), expected, "{words}");
        }
        assert_eq!((year("2027"), year("0999"), year("31"), year("20277")), (Some(2027), None, None, None));
    }
}
