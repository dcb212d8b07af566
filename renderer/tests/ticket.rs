//! A ticket's code, read back from the picture as a door would.

mod support;

use domain::ticket_code::{self, CodeError, TicketSigner};
use renderer::{DrawError, Renderer, TicketDrawing};
use support::case::{Case, TICKET, claims, signer};

fn drawing() -> TicketDrawing {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/ticket-seat.json");
    match serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("a case") {
        Case::Ticket(ticket) => ticket.drawing(),
        Case::SeatMap(_) => panic!("a seat map"),
    }
}

fn scan(png: &[u8]) -> Option<String> {
    let image = image::load_from_memory(png).expect("a PNG").to_luma8();
    let (width, height) = image.dimensions();
    let found = rxing::helpers::detect_in_luma(image.into_raw(), width, height, Some(rxing::BarcodeFormat::QR_CODE));
    found.ok().map(|found| found.getText().to_owned())
}

#[test]
fn the_code_scans_at_every_scale_and_verifies() {
    let renderer = Renderer::new().expect("a renderer");
    for scale in 1..=3 {
        let code = scan(&renderer.ticket_png(&drawing(), scale).expect("a PNG")).expect("a code");
        assert_eq!(ticket_code::verify(&code, &[signer().public()]), Ok(claims()), "scale {scale}");
        let other = TicketSigner::from_seed(&[1; 32]);
        assert_eq!(ticket_code::verify(&code, &[other.public()]), Err(CodeError::UnknownKey));
    }
}

#[test]
fn a_flipped_bit_is_no_ticket() {
    let renderer = Renderer::new().expect("a renderer");
    let mut forged = drawing();
    let last = forged.code.len() - 20;
    let letter = if forged.code.as_bytes()[last] == b'A' { "B" } else { "A" };
    forged.code.replace_range(last..=last, letter);
    let code = scan(&renderer.ticket_png(&forged, 2).expect("a PNG")).expect("it still scans");
    assert_eq!(ticket_code::verify(&code, &[signer().public()]), Err(CodeError::Forged));
}

#[test]
fn the_picture_says_which_ticket_and_edition_it_is() {
    let svg = Renderer::new().expect("a renderer").ticket_svg(&drawing()).expect("an SVG");
    let desc = svg.split("<desc>").nth(1).and_then(|rest| rest.split("</desc>").next()).expect("a desc");
    assert!(desc.contains(TICKET) && desc.contains("edition 2"), "{desc}");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let renderer = Renderer::new().expect("a renderer");
    for scale in [0, 5, u32::MAX] {
        assert!(matches!(renderer.ticket_png(&drawing(), scale), Err(DrawError::Scale(_))));
    }
    let endless = TicketDrawing { code: "A".repeat(10_000), ..drawing() };
    assert!(matches!(renderer.ticket_svg(&endless), Err(DrawError::Code)));
}
