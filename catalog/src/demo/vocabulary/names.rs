//! Makes names and titles from the vocabulary.

use crate::demo::dice::Dice;
use crate::demo::hall::Design;
use crate::demo::words::{music, people, places::Tongue, shows};

/// A given name and a family name as they go together in a country.
pub fn person(dice: &mut Dice, country: &str) -> String {
    let last = people::TONGUES.len() - 1;
    let tongue = people::TONGUES.iter().position(|(countries, ..)| countries.contains(&country)).unwrap_or(last);
    let (_, given, family) = people::TONGUES[tongue];
    format!("{} {}", dice.pick(given), dice.pick(family))
}

/// A band's name.
pub fn band(dice: &mut Dice, country: &str) -> String {
    let (adjective, noun) = (dice.pick(music::ADJECTIVES), dice.pick(music::NOUNS));
    let group = dice.pick(music::GROUPS);
    match dice.below(18) {
        0..=3 => format!("The {adjective} {group}"),
        4 | 5 => format!("{adjective} {noun}"),
        6 => format!("{noun} {}", dice.pick(music::NOUNS)),
        7 => format!("{} & the {group}", person(dice, country)),
        8 => format!("The {noun} {group}"),
        9 => format!("{noun} of {}", plural(dice.pick::<&str>(music::NOUNS))),
        10 => format!("{} {noun} Club", dice.pick(music::ADJECTIVES)),
        11 => format!("{group} in the {noun}"),
        12 => format!("{noun} & {}", dice.pick(music::NOUNS)),
        13 => format!(
            "{adjective} {noun} {}",
            dice.pick(&["Trio", "Quartet", "Ensemble", "Collective", "Sound System", "Big Band"])
        ),
        _ => {
            let (first, second) = dice.pick(music::TONGUES);
            format!("{} {}", dice.pick(first), dice.pick(second))
        }
    }
}

/// An English plural.
fn plural(noun: &str) -> String {
    match noun.as_bytes() {
        [.., before, b'y'] if !b"aeiou".contains(before) => format!("{}ies", &noun[..noun.len() - 1]),
        [.., b's' | b'x' | b'z'] | [.., b'c' | b's', b'h'] => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// Fills `{a}` with an adjective, `{n}`, `{m}` and `{}` with things, `{c}` with the place.
pub fn title(dice: &mut Dice, pattern: &str, place: &str) -> String {
    let noun = dice.pick(music::NOUNS);
    let many = plural(noun);
    let mut text =
        pattern.replace("{}s", &many).replace("{n}s", &many).replace("{}", noun).replace("{n}", noun).replace("{c}", place);
    if text.contains("{m}") {
        text = text.replace("{m}", dice.pick::<&str>(music::NOUNS));
    }
    if text.contains("{a}") {
        text = text.replace("{a}", dice.pick::<&str>(music::ADJECTIVES));
    }
    text
}

/// A tour's name; `Live` and its like stand alone.
pub fn tour(dice: &mut Dice) -> String {
    let pattern: &str = dice.pick::<&str>(shows::TOUR_PATTERNS);
    title(dice, pattern, "")
}

/// A venue's name in its country's tongue. Words of one tongue join into compounds (`Lindentheater`), so patterns decide the gap.
pub fn venue(dice: &mut Dice, design: Design, country: &str, city: &str) -> String {
    let tongue = Tongue::of(country);
    if dice.chance(0.08) && matches!(design, Design::Arena | Design::Stadium | Design::ConcertHall) {
        let kind = match design {
            Design::ConcertHall => "Concert Hall",
            Design::Arena => "Arena",
            _ => "Stadium",
        };
        return format!("{city} {kind}");
    }
    let (pattern, word) = (dice.pick(tongue.patterns(design)), dice.pick(tongue.words));
    pattern.replace("{}", word)
}

/// A street address in the country's manner.
pub fn address(dice: &mut Dice, country: &str) -> String {
    let street = *dice.pick(Tongue::of(country).streets);
    street.replace("{}", &dice.range(1, 180).to_string())
}

/// A postal code of the country's shape, or none where there are none. Source of the shapes: GeoNames' postal code formats.
pub fn postal_code(dice: &mut Dice, country: &str) -> String {
    let shape = match country {
        "GB" => "A# #AA",
        "CA" => "A#A #A#",
        "NL" => "#### AA",
        "AU" | "NZ" | "AT" | "CH" | "BE" | "DK" | "NO" | "ZA" | "HU" | "PH" | "BD" | "TN" | "BG" => "####",
        "SE" | "GR" | "CZ" | "SK" => "### ##",
        "PL" => "##-###",
        "PT" => "####-###",
        "JP" => "###-####",
        "BR" => "#####-###",
        "CN" | "IN" | "RU" | "RO" | "SG" | "KZ" | "VN" | "CO" | "EC" | "NG" => "######",
        "US" | "DE" | "FR" | "IT" | "ES" | "MX" | "FI" | "KR" | "TR" | "TH" | "MY" | "ID" | "UA" | "EG" | "MA" | "SA" | "PK"
        | "PE" => "#####",
        _ => "",
    };
    let mut place = 0;
    let fill = |c: char| {
        place += 1;
        match c {
            // No code starts with 0 here: 1 to 8 is a code in all these countries.
            '#' if place == 1 => char::from(b'1' + dice.below(8) as u8),
            '#' => char::from(b'0' + dice.below(10) as u8),
            'A' => char::from(*dice.pick(b"ABCEGHJKLMNPRSTWXY")),
            c => c,
        }
    };
    shape.chars().map(fill).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_do_not_repeat_themselves_soon() {
        let mut dice = Dice::stream(1, "names", 0);
        let bands: HashSet<_> = (0..10_000).map(|_| band(&mut dice, "AU")).collect();
        assert!(bands.len() > 8_500, "{}", bands.len());
        assert!(bands.iter().all(|name| !name.contains('{') && !name.contains("  ")));
    }

    #[test]
    fn plurals_are_english() {
        let made: Vec<_> = ["Quarry", "Railway", "Albatross", "Paradox", "Birch", "Kite"].into_iter().map(plural).collect();
        assert_eq!(made, ["Quarries", "Railways", "Albatrosses", "Paradoxes", "Birches", "Kites"]);
    }

    #[test]
    fn no_pattern_is_left_unfilled() {
        let mut dice = Dice::stream(2, "titles", 0);
        let lists =
            [shows::FILM_PATTERNS, shows::PLAY_PATTERNS, shows::TOUR_PATTERNS, shows::FESTIVAL_PATTERNS, shows::FAMILY_PATTERNS];
        for pattern in lists.into_iter().flatten() {
            let title = title(&mut dice, pattern, "Oslo");
            assert!(!title.contains(['{', '}']), "{title}");
        }
        for country in ["DE", "FR", "JP", "AU", "KE"] {
            for design in Design::ALL {
                let name = venue(&mut dice, design, country, "Oslo");
                assert!(!name.contains(['{', '}']), "{name}");
            }
            assert!(!address(&mut dice, country).contains('{'));
        }
        assert_eq!(postal_code(&mut dice, "GB").len(), 6);
    }
}
