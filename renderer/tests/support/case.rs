//! A golden case: what `<case>.json` says, as a drawing.

use std::io::Cursor;
use std::sync::Arc;

use domain::ticket_code::{TicketClaims, TicketSigner};
use domain::{EventId, Money, TicketId, Tier, TierId};
use image::{ImageFormat, Rgba, RgbaImage};
use renderer::{
    AreaState, CodeForm, Colour, Detail, Logo, PictureDrawing, Renderer, SeatMapDrawing, SeatState, Theme, TicketDrawing,
    TicketPlace, TicketTheme, photo,
};
use serde::Deserialize;

use super::hall::Hall;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    SeatMap(Box<MapCase>),
    Ticket(Box<TicketCase>),
    Picture(Box<PictureCase>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PictureCase {
    pub event: String,
    pub title: String,
    pub category: String,
    pub when: String,
    pub day: String,
    pub month: String,
    pub place: String,
}

impl PictureCase {
    fn drawing(&self) -> PictureDrawing {
        PictureDrawing {
            event: self.event.parse().expect("an id"),
            edition: 2,
            title: self.title.clone(),
            category: self.category.clone(),
            when: self.when.clone(),
            day: self.day.clone(),
            month: self.month.clone(),
            place: self.place.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapCase {
    pub width: u32,
    pub title: String,
    pub subtitle: String,
    pub hall: Hall,
    /// Name and price of each tier, in Australian cents.
    pub tiers: Vec<(String, i64)>,
    /// Shares in percent: sold, held, blocked.
    pub states: [u32; 3],
    /// Places left of each area.
    #[serde(default)]
    pub areas: Vec<u32>,
    #[serde(default)]
    pub selected: Vec<u32>,
    /// `light` unless it says otherwise.
    #[serde(default)]
    pub theme: Option<String>,
    /// Whether the SVG has every seat by itself.
    #[serde(default)]
    pub detail: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketCase {
    pub title: String,
    pub venue: String,
    pub city: String,
    pub date: String,
    pub time: String,
    /// Section, row, number; or an area alone.
    pub place: Vec<String>,
    #[serde(default)]
    pub access: String,
    pub holder: String,
    pub tier: (usize, String, i64),
    #[serde(default)]
    pub address: String,
    #[serde(default)]
    pub organiser: String,
    /// Head and accent.
    #[serde(default)]
    pub colours: Vec<String>,
    #[serde(default)]
    pub small_print: String,
    #[serde(default)]
    pub aztec: bool,
    #[serde(default)]
    pub doors: String,
    /// Whether the theme has a logo.
    #[serde(default)]
    pub logo: bool,
}

pub const TICKET: &str = "01a0b1c2-d3e4-7f50-8a61-9b7c8d9e0f12";
pub const EVENT: &str = "01a0b1c2-0000-7000-8000-000000000001";

/// A logo that one can see through: three discs, each fainter from left to right.
pub fn logo() -> Logo {
    let pixels = RgbaImage::from_fn(900, 220, |x, y| {
        let disc = [110_u32, 330, 550].into_iter().position(|middle| x.abs_diff(middle).pow(2) + y.abs_diff(110).pow(2) < 10_000);
        let colours = [[255, 196, 0], [0, 170, 220], [235, 60, 110]];
        let bar = (680..880).contains(&x) && (80..140).contains(&y);
        match disc {
            Some(disc) => Rgba([colours[disc][0], colours[disc][1], colours[disc][2], (255 - x / 5) as u8]),
            None if bar => Rgba([(x - 640) as u8, y as u8, 90, 255]),
            None => Rgba([0; 4]),
        }
    });
    let mut file = Cursor::new(Vec::new());
    pixels.write_to(&mut file, ImageFormat::Png).expect("a PNG");
    photo::read(&file.into_inner()).expect("a picture").logo("Three moons & a <bar>").expect("a logo")
}

pub fn signer() -> TicketSigner {
    TicketSigner::from_seed(&[42; 32])
}

pub fn claims() -> TicketClaims {
    TicketClaims { ticket: TICKET.parse().expect("an id"), event: EVENT.parse().expect("an id"), edition: 2 }
}

fn cents(amount: i64) -> Money {
    Money::new(amount, "AUD".parse().expect("a currency"))
}

impl Case {
    /// None for what is drawn as PNG alone.
    pub fn svg(&self, renderer: &Renderer) -> Option<String> {
        Some(match self {
            Case::Picture(_) => return None,
            Case::SeatMap(case) => {
                let (drawing, detail) = (case.drawing(), if case.detail { Detail::Seats } else { Detail::Rows });
                renderer.planned_svg(&renderer.seat_map_svg_plan(&drawing, case.theme(), detail), &drawing, detail)
            }
            Case::Ticket(case) => renderer.ticket_svg(&case.drawing()).expect("a ticket"),
        })
    }

    pub fn png(&self, renderer: &Renderer) -> Vec<u8> {
        match self {
            Case::SeatMap(case) => renderer.seat_map_png_in(&case.drawing(), case.theme(), case.width).expect("a map"),
            Case::Ticket(case) => renderer.ticket_png(&case.drawing(), 2).expect("a ticket"),
            Case::Picture(case) => renderer.picture_png(&case.drawing()).expect("a picture"),
        }
    }
}

impl MapCase {
    pub fn theme(&self) -> Theme {
        self.theme.as_ref().map_or(Theme::Light, |word| Theme::from_word(word).expect("a theme"))
    }

    pub fn drawing(&self) -> SeatMapDrawing {
        let map = Arc::new(self.hall.map());
        let tier = |(index, (name, amount)): (usize, &(String, i64))| Tier {
            id: TierId::nth(index).expect("a tier"),
            name: name.clone(),
            price: cents(*amount),
        };
        let mut last = SeatState::Available;
        let seat_states = map.seats().map(|seat| {
            // buyers come in groups: two of three seats share their neighbour's fate
            if scatter(seat.index).is_multiple_of(3) {
                last = self.fate(scatter(seat.index.wrapping_mul(31) + 7) % 100);
            }
            last
        });
        let areas =
            map.areas.iter().zip(&self.areas).map(|(area, left)| AreaState { tier: area.tier, available: *left }).collect();
        SeatMapDrawing {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            tiers: self.tiers.iter().enumerate().map(tier).collect(),
            seat_tiers: Vec::new(),
            seat_states: seat_states.collect(),
            areas,
            selected: self.selected.clone(),
            event: EVENT.parse::<EventId>().expect("an id"),
            edition: 2,
            version: 17,
            map,
        }
    }

    fn fate(&self, percent: u32) -> SeatState {
        let [sold, held, blocked] = self.states;
        match percent {
            p if p < sold => SeatState::Sold,
            p if p < sold + held => SeatState::Held,
            p if p < sold + held + blocked => SeatState::Blocked,
            _ => SeatState::Available,
        }
    }
}

impl TicketCase {
    pub fn drawing(&self) -> TicketDrawing {
        let place = match &self.place[..] {
            [section, row, number] => TicketPlace::Seat { section: section.clone(), row: row.clone(), number: number.clone() },
            other => TicketPlace::Area { label: other.concat() },
        };
        let (tier, name, amount) = &self.tier;
        TicketDrawing {
            event_title: self.title.clone(),
            venue: self.venue.clone(),
            city: self.city.clone(),
            local_date: self.date.clone(),
            local_time: self.time.clone(),
            local_doors: self.doors.clone(),
            place,
            access: self.access.clone(),
            holder: self.holder.clone(),
            tier: name.clone(),
            tier_id: TierId::nth(*tier).expect("a tier"),
            price: cents(*amount),
            order_ref: "8D9E0F12".into(),
            ticket: TICKET.parse::<TicketId>().expect("an id"),
            edition: 2,
            code: signer().sign(&claims()),
            address: self.address.clone(),
            organiser: self.organiser.clone(),
            theme: self.theme(),
        }
    }

    fn theme(&self) -> TicketTheme {
        let colour = |n: usize| self.colours.get(n).map(|text| Colour::parse(text).expect("a colour"));
        let code = if self.aztec { CodeForm::Aztec } else { CodeForm::Qr };
        let (small_print, logo) = (self.small_print.clone(), self.logo.then(|| Arc::new(logo())));
        TicketTheme { head: colour(0), accent: colour(1), on_head: None, small_print, code, logo }
    }
}

/// A fixed scattering of numbers. Source: the finaliser of MurmurHash3.
fn scatter(n: u32) -> u32 {
    let n = (n ^ n >> 16).wrapping_mul(0x85eb_ca6b);
    let n = (n ^ n >> 13).wrapping_mul(0xc2b2_ae35);
    n ^ n >> 16
}
