//! A ticket as a pass for Apple's wallet: `pass.json`, pictures, the manifest of their hashes, and its signature, in an archive.

use std::io::{Cursor, Write as _};

use domain::ticket_code::short;
use domain::time::zone;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use renderer::{CodeForm, Colour, Renderer, TicketDrawing, TicketPlace, tier_colour};
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::drawing::ticket::Show;
use crate::web::error::{ApiError, ApiResult};
use crate::web::wallet::Wallet;

/// The pass of a ticket, as it is sent.
///
/// Cost      a few milliseconds; work for a blocking thread.
pub fn archive(wallet: &Wallet, renderer: &Renderer, show: &Show, ticket: &TicketDrawing, now: Timestamp) -> ApiResult<Vec<u8>> {
    let head = head(ticket);
    let pass = pass(wallet, show, ticket, head);
    let mut files = vec![("pass.json".to_owned(), serde_json::to_vec(&pass).map_err(ApiError::fault)?)];
    for (name, side) in [("icon", 29), ("logo", 50)] {
        for (scale, ending) in [(1, ""), (2, "@2x"), (3, "@3x")] {
            let drawn = renderer.badge_png(head, side, scale).map_err(ApiError::fault)?;
            files.push((format!("{name}{ending}.png"), drawn));
        }
    }
    let hash = |(name, bytes): &(String, Vec<u8>)| (name.clone(), Value::from(hex::encode(Sha1::digest(bytes))));
    let manifest: Map<String, Value> = files.iter().map(hash).collect();
    let manifest = serde_json::to_vec(&manifest).map_err(ApiError::fault)?;
    let signature = wallet.sign(&manifest, now).map_err(ApiError::fault)?;
    files.extend([("manifest.json".to_owned(), manifest), ("signature".to_owned(), signature)]);
    packed(&files).map_err(ApiError::fault)
}

fn packed(files: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        archive.start_file(name.as_str(), stored)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The colour that the ticket's head has.
fn head(ticket: &TicketDrawing) -> Colour {
    ticket.theme.head.unwrap_or_else(|| tier_colour(ticket.tier_id).mix(renderer::INK, 0.82))
}

fn rgb(Colour(r, g, b): Colour) -> String {
    format!("rgb({r}, {g}, {b})")
}

fn pass(wallet: &Wallet, show: &Show, ticket: &TicketDrawing, head: Colour) -> Value {
    let row = &show.event.row;
    let words = ticket.theme.on_head.unwrap_or(head.words());
    let zone = zone(&row.timezone).unwrap_or(TimeZone::UTC);
    let local = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let (begins, doors) = (local(row.starts_at), row.doors_at.map(local));
    let format = match ticket.theme.code {
        CodeForm::Qr => "PKBarcodeFormatQR",
        CodeForm::Aztec => "PKBarcodeFormatAztec",
    };
    let number = short(ticket.ticket);
    let barcode = json!({ "format": format, "message": ticket.code, "messageEncoding": "iso-8859-1", "altText": number });
    let mut pass = json!({
        "formatVersion": 1,
        "passTypeIdentifier": wallet.pass_type,
        "teamIdentifier": wallet.team,
        "serialNumber": ticket.ticket.to_string(),
        "organizationName": if ticket.organiser.is_empty() { "Boxoffice" } else { &ticket.organiser },
        "description": format!("Ticket: {}", ticket.event_title),
        "foregroundColor": rgb(words),
        "labelColor": rgb(words),
        "backgroundColor": rgb(head),
        "barcode": barcode,
        "barcodes": [barcode],
        "eventTicket": fields(ticket, &begins, doors.as_deref(), &number),
    });
    // the phone shows the pass by itself when people are let in, at an hour that somebody said, not at midnight
    if has_hour(ticket) {
        pass["relevantDate"] = doors.unwrap_or(begins).into();
    }
    if let Some(place) = show.event.venue.as_ref().and_then(|venue| venue.place) {
        pass["locations"] = json!([{ "latitude": place.lat, "longitude": place.lon }]);
    }
    pass
}

/// Whether more than the day is known of the start.
fn has_hour(ticket: &TicketDrawing) -> bool {
    !ticket.local_time.is_empty()
}

fn field(key: &str, label: &str, value: &str) -> Value {
    json!({ "key": key, "label": label, "value": value })
}

/// A field that says an instant by the venue's clock, wherever the phone is.
fn instant(mut field: Value, date: &str, time: &str) -> Value {
    for (key, value) in [("dateStyle", json!(date)), ("timeStyle", json!(time)), ("ignoresTimeZone", json!(true))] {
        field[key] = value;
    }
    field
}

fn fields(ticket: &TicketDrawing, begins: &str, doors: Option<&str>, number: &str) -> Value {
    let mut place = match &ticket.place {
        TicketPlace::Seat { section, row, number } => {
            vec![field("section", "SECTION", section), field("row", "ROW", row), field("seat", "SEAT", number)]
        }
        TicketPlace::Area { label } => vec![field("area", "AREA", label)],
    };
    let venue = [ticket.venue.as_str(), ticket.city.as_str()].into_iter().filter(|part| !part.is_empty());
    let venue = venue.collect::<Vec<_>>().join(", ");
    let hour = if has_hour(ticket) { "PKDateStyleShort" } else { "PKDateStyleNone" };
    let when = instant(field("when", "STARTS", begins), "PKDateStyleMedium", hour);
    place.extend(doors.map(|doors| instant(field("doors", "DOORS", doors), "PKDateStyleNone", "PKDateStyleShort")));
    let price = ticket.price_line();
    let back = [
        ("number", "Ticket", number),
        ("holder", "Holder", &ticket.holder),
        ("access", "Access", &ticket.access),
        ("tier", "Category", &ticket.tier),
        ("price", "Price", &price),
        ("order", "Order", &ticket.order_ref),
        ("address", "Address", &ticket.address),
        ("print", "Small print", &ticket.theme.small_print),
    ];
    let back = back.into_iter().filter(|(.., value)| !value.is_empty()).map(|(key, label, value)| field(key, label, value));
    json!({
        "primaryFields": [field("event", "EVENT", &ticket.event_title)],
        "secondaryFields": [field("venue", "VENUE", &venue), when],
        "auxiliaryFields": place,
        "backFields": back.collect::<Vec<_>>(),
    })
}
