//! A ticket's code, read back from the picture as a door would.

mod support;

use std::sync::Arc;

use domain::ticket_code::{self, CodeError, TicketSigner};
use renderer::{CodeForm, DrawError, PathCommand, Renderer, Scene, Shape, TicketDrawing, TicketTheme};
use support::case::{Case, TICKET, claims, logo, signer};

fn drawing() -> TicketDrawing {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/ticket-seat.json");
    match serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("a case") {
        Case::Ticket(ticket) => ticket.drawing(),
        _ => panic!("no ticket"),
    }
}

fn scan(png: &[u8]) -> Option<String> {
    scan_as(png, rxing::BarcodeFormat::QR_CODE)
}

fn scan_as(png: &[u8], form: rxing::BarcodeFormat) -> Option<String> {
    let image = image::load_from_memory(png).expect("a PNG").to_luma8();
    let (width, height) = image.dimensions();
    let found = rxing::helpers::detect_in_luma(image.into_raw(), width, height, Some(form));
    found.ok().map(|found| found.getText().to_owned())
}

#[test]
fn what_is_in_no_currency_has_no_price() {
    let priced = |code: &str| {
        let price = domain::Money::new(4500, code.parse().expect("a currency"));
        TicketDrawing { price, ..drawing() }.price_line()
    };
    assert_eq!((priced("AUD").as_str(), priced("XXX").as_str()), ("A$45", ""));
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

/// The code with a little around it, as a scanner at a door holds it: Aztec codes are looked for in the middle.
fn framed(png: &[u8], scene: &Scene, scale: u32) -> Vec<u8> {
    let code = scene.shapes.iter().filter_map(|shape| if let Shape::Path(path) = shape { Some(path) } else { None });
    let code = code.max_by_key(|path| path.commands.len()).expect("a code");
    let places = code.commands.iter().filter_map(|command| match command {
        PathCommand::Move(place) | PathCommand::Line(place) => Some(*place),
        _ => None,
    });
    let (mut least, mut most) = ([f32::MAX; 2], [f32::MIN; 2]);
    for [x, y] in places {
        (least, most) = ([least[0].min(x), least[1].min(y)], [most[0].max(x), most[1].max(y)]);
    }
    let pixels = |place: f32| place as u32 * scale;
    let image = image::load_from_memory(png).expect("a PNG");
    let (x, y) = (pixels(least[0] - 10.0), pixels(least[1] - 10.0));
    let cut = image.crop_imm(x, y, pixels(most[0] + 10.0) - x, pixels(most[1] + 10.0) - y);
    let mut bytes = std::io::Cursor::new(Vec::new());
    cut.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

#[test]
fn an_aztec_code_scans_and_is_no_qr_code() {
    let renderer = Renderer::new().expect("a renderer");
    let theme = TicketTheme { code: CodeForm::Aztec, ..TicketTheme::default() };
    let drawing = TicketDrawing { theme, ..drawing() };
    let png = renderer.ticket_png(&drawing, 2).expect("a PNG");
    let framed = framed(&png, &renderer.ticket_scene(&drawing).expect("a scene"), 2);
    assert_eq!(scan_as(&framed, rxing::BarcodeFormat::AZTEC), Some(drawing.code));
    assert_eq!(scan(&png), None);
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
    let number = ticket_code::short(TICKET.parse().expect("an id"));
    assert!(desc.contains(&number) && desc.contains("edition 2"), "{desc}");
    assert!(!svg.contains(TICKET), "nobody reads a UUID");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let renderer = Renderer::new().expect("a renderer");
    for scale in [0, 5, u32::MAX] {
        assert!(matches!(renderer.ticket_png(&drawing(), scale), Err(DrawError::Scale(_))));
    }
    for code in [CodeForm::Qr, CodeForm::Aztec] {
        let theme = TicketTheme { code, ..TicketTheme::default() };
        let endless = TicketDrawing { code: "A".repeat(10_000), theme, ..drawing() };
        assert!(matches!(renderer.ticket_svg(&endless), Err(DrawError::Code)));
    }
}

#[test]
fn a_pdf_has_a_page_a_ticket_and_embeds_subsets_of_its_fonts() {
    let renderer = Renderer::new().expect("a renderer");
    let one = renderer.tickets_pdf(&[drawing()]).expect("a PDF");
    let three = renderer.tickets_pdf(&[drawing(), drawing(), drawing()]).expect("a PDF");
    assert_eq!((pages(&one), pages(&three)), (1, 3));
    assert!(three.len() < 2 * one.len(), "the fonts are there once: {} and {}", one.len(), three.len());
    assert!(one.len() < 60_000, "subsets, not fonts: {}", one.len());
    assert_eq!(renderer.tickets_pdf(&[drawing()]).expect("a PDF"), one, "the same bytes each time");
}

/// Whatever people write, a PDF comes of it, and nothing of it is markup.
#[test]
fn a_pdf_bears_every_text() {
    let renderer = Renderer::new().expect("a renderer");
    let hard = [
        "x".repeat(5_000),
        "\u{0}\u{7}\u{202e}".into(),
        "<b>&\"'</b> (\\)".into(),
        "東京 🎷 👩🏽‍🎤".into(),
        "שלום Owls مرحبا".into(),
    ];
    for text in hard.iter().chain([&String::new()]) {
        let full = TicketDrawing { event_title: text.clone(), holder: text.clone(), address: text.clone(), ..drawing() };
        let theme = TicketTheme { small_print: text.clone(), ..TicketTheme::default() };
        let pdf = renderer.tickets_pdf(&[TicketDrawing { theme, ..full.clone() }]).expect("a PDF");
        assert_eq!(pages(&pdf), 1, "{text}");
        renderer.ticket_png(&full, 2).expect("a PNG");
    }
}

#[test]
fn a_logo_is_in_every_writing_and_in_a_batch_once() {
    let renderer = Renderer::new().expect("a renderer");
    let theme = TicketTheme { logo: Some(Arc::new(logo())), head: Some(renderer::INK), ..TicketTheme::default() };
    let with = TicketDrawing { theme, ..drawing() };
    let svg = renderer.ticket_svg(&with).expect("an SVG");
    assert_eq!(svg.matches("href=\"data:image/png;base64,").count(), 1);
    assert!(svg.contains("aria-label=\"Three moons &amp; a &lt;bar&gt;\""), "its words are no markup");
    let png = renderer.ticket_png(&with, 2).expect("a PNG");
    let seen = image::load_from_memory(&png).expect("a PNG").to_rgb8();
    // the middle of the first disc, which lets some of the head through
    let yellow = seen.get_pixel(2 * 76, 2 * 70).0;
    assert!(yellow[0] > 220 && yellow[1] > 160 && yellow[2] < 30, "{yellow:?}");
    let colours: std::collections::HashSet<_> = seen.pixels().map(|pixel| pixel.0).collect();
    assert!(colours.len() > 1_000, "a picture is not cut down to a palette: {}", colours.len());
    assert_eq!(scan(&png).as_deref(), Some(with.code.as_str()), "and the code scans");
    let scene = renderer.ticket_scene(&with).expect("a scene");
    let inset = scene.shapes.iter().find_map(|shape| if let Shape::Inset(inset) = shape { Some(inset) } else { None });
    let bottom = inset.map(|inset| inset.y + inset.height).expect("a logo");
    let words = scene.shapes.iter().filter_map(|shape| if let Shape::Text(text) = shape { Some(text) } else { None });
    words.for_each(|text| assert!(text.y - text.size > bottom, "{} lies under the logo", text.text));
    let images = |pdf: &[u8]| String::from_utf8_lossy(pdf).matches("/Subtype/Image").count();
    let pdf = |drawings: &[TicketDrawing]| images(&renderer.tickets_pdf(drawings).expect("a PDF"));
    let (one, three) = (pdf(std::slice::from_ref(&with)), pdf(&[with.clone(), with.clone(), with.clone()]));
    assert_eq!((pdf(&[drawing()]), one, three), (0, 2, 2), "its colours and what shows through");
}

/// Page objects by their type; the page tree's own is `/Pages`.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type/Page").chain(text.matches("/Type /Page")).count() - text.matches("/Pages").count().min(1)
}
