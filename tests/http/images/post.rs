//! `POST /v1/images`

use std::io::Cursor;

use acceptance::{App, Form, new_key, picture, written};
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageFormat, Rgb, RgbImage};
use people::{Role, Scope, WantedKey};
use reqwest::Method;
use serde_json::Value;

#[tokio::test]
async fn an_upload_is_an_image_with_its_size_and_its_addresses() {
    let app = App::start().await;
    let house = app.organiser().await;
    let made = house.upload(&picture(2_400, 1_200), "Two fields").await.is(201);
    let image = made.json();
    assert_eq!((made.int("/width"), made.int("/height"), made.str("/alt")), (1_920, 960, "Two fields".to_owned()));
    assert_eq!(made.header("location"), Some(format!("/v1/images/{}", made.str("/id")).as_str()));
    let widths: Vec<i64> = image["sizes"].as_array().expect("sizes").iter().filter_map(|size| size["width"].as_i64()).collect();
    assert_eq!(widths, [160, 320, 640, 960, 1_280, 1_920]);
    let file = app.get(&made.str("/links/file")).await.is(200);
    assert_eq!(file.header("content-type"), Some("image/jpeg"));
    // what was uploaded once is the same under the same key
    let (key, form) = (new_key(), Form::of(&picture(64, 32), "Again"));
    let send = async |form| house.send_form(Method::POST, "/v1/images", form).key(&key).send().await;
    let (first, second) = (send(form.clone()).await.is(201), send(form).await.is(201));
    assert_eq!((first.str("/id"), second.header("idempotent-replayed")), (second.str("/id"), Some("true")));
    send(Form::of(&picture(64, 32), "Other")).await.is_problem(422, "idempotency_key_reused");
    let told = house.get("/v1/audit?action=images.create").await.is(200).json();
    assert_eq!(told["items"].as_array().map(Vec::len), Some(2), "{told:#}");
    app.stop().await;
}

/// Whatever a file is called or said to be, its bytes count.
#[tokio::test]
async fn a_file_is_what_its_bytes_say() {
    let app = App::start().await;
    let house = app.organiser().await;
    let (png, jpeg) = (picture(40, 40), written(40, 40, ImageFormat::Jpeg));
    let noisy: Vec<u8> = (0..300 * 200 * 3_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let noise = RgbImage::from_raw(300, 200, noisy).expect("a picture");
    let mut whole = Cursor::new(Vec::new());
    noise.write_to(&mut whole, ImageFormat::Jpeg).expect("written");
    let whole = whole.into_inner();
    let bomb = bomb(60_000, 60_000);
    let table: Vec<(&str, &str, &[u8], Option<&str>)> = vec![
        ("owl.jpg", "image/jpeg", &png, None),
        ("owl.png", "image/png", &jpeg, None),
        ("owl.txt", "text/plain", &png, None),
        ("owl.jpg", "image/jpeg", &whole, None),
        ("owl.jpg", "image/jpeg", &whole[..whole.len() / 2], Some("breaks off")),
        ("owl.png", "image/png", &png[..png.len() - 20], Some("")),
        ("owl.png", "image/png", b"an owl in words", Some("no picture")),
        ("owl.png", "image/png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", Some("SVG")),
        ("owl.gif", "image/gif", b"GIF89a\x01\0\x01\0\0\0\0;", Some("GIF")),
        ("owl.png", "image/png", &bomb, Some("60000")),
        ("owl.png", "image/png", b"", Some("empty")),
    ];
    for (name, kind, bytes, wrong) in table {
        let form = Form::default().file(name, kind, bytes).text("alt", "An owl");
        let reply = house.send_form(Method::POST, "/v1/images", form).send().await;
        match wrong {
            None => assert_eq!(reply.status, 201, "{name} {kind}: {}", reply.text()),
            Some(says) => {
                let reply = reply.is_problem(422, "invalid").names("file");
                assert!(reply.text().contains(says), "{name} {kind}: {}", reply.text());
            }
        }
    }
    app.stop().await;
}

/// A PNG whose head promises so many pixels.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = picture(1, 1);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    // the sum of the head, bit by bit (PNG, annex D)
    let sum = bytes[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 })
    });
    bytes[29..33].copy_from_slice(&(!sum).to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_camera_s_note_turns_the_picture_and_stays_behind() {
    let app = App::start().await;
    let house = app.organiser().await;
    // red above, blue below, lying on its side: the note says to turn it a quarter to the right
    let pixels = RgbImage::from_fn(200, 100, |_, y| if y < 50 { Rgb([200, 20, 20]) } else { Rgb([20, 20, 200]) });
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    let note = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0Ada, 52.5 13.4".to_vec();
    encoder.set_exif_metadata(note).expect("a note");
    encoder.write_image(&pixels, 200, 100, ExtendedColorType::Rgb8).expect("written");
    let made = house.upload(&bytes, "Two fields").await.is(201);
    assert_eq!((made.int("/width"), made.int("/height")), (100, 200));
    for kind in ["image/webp", "image/jpeg", "image/png"] {
        let shown = app.ask(Method::GET, &made.str("/links/file")).header("accept", kind).send().await.is(200);
        assert!(!shown.body.windows(3).any(|part| part == b"Ada"), "{kind}");
        let seen = image::load_from_memory(&shown.body).expect("readable").into_rgb8();
        let (left, right) = (seen.get_pixel(10, 100).0, seen.get_pixel(90, 100).0);
        assert!(left[2] > 150 && left[0] < 80 && right[0] > 150 && right[2] < 80, "{kind}: {left:?} {right:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_what_just_fits_is_read() {
    let app = App::start().await;
    let house = app.organiser().await;
    let limit = 10 << 20;
    // a PNG with its pixels in front: what stands behind the end is not looked at
    let padded = |bytes: usize| {
        let mut file = picture(30, 30);
        file.resize(bytes, 0);
        file
    };
    house.upload(&padded(limit), "Just").await.is(201);
    let refused = house.upload(&padded(limit + 1), "More").await.is_problem(413, "body_too_large");
    assert!(refused.text().contains("10485760"), "{}", refused.text());
    // one that says beforehand that it is longer is not read at all
    house.upload(&padded(limit + (1 << 20)), "Far more").await.is_problem(413, "body_too_large");
    // and other routes take no more than they did
    let long = serde_json::json!({ "title": "x".repeat(2 << 20), "starts_at": "2031-03-10T10:00:00Z" });
    house.post("/v1/events", &long).await.is_problem(413, "body_too_large");
    app.stop().await;
}

#[tokio::test]
async fn a_form_names_what_is_wrong_with_it() {
    let app = App::start().await;
    let house = app.organiser().await;
    let png = picture(8, 8);
    let file = || Form::default().file("owl.png", "image/png", &png);
    let table = [
        (file(), "alt"),
        (file().text("alt", ""), "alt"),
        (file().text("alt", " \u{200b} "), "alt"),
        (file().text("alt", &"x".repeat(501)), "alt"),
        (file().text("alt", &"x".repeat(100_000)), "alt"),
        (file().text("alt", "a\u{7}b"), "alt"),
        (Form::default().text("alt", "An owl"), "file"),
        (Form::default(), "file"),
        (file().text("alt", "An owl").text("alt", "Two"), "alt"),
        (file().file("owl.png", "image/png", &png).text("alt", "An owl"), "file"),
        (file().text("alt", "An owl").text("title", "Owl"), "title"),
    ];
    for (n, (form, field)) in table.into_iter().enumerate() {
        let reply = house.send_form(Method::POST, "/v1/images", form).send().await;
        assert_eq!(reply.status, 422, "row {n}: {}", reply.text());
        reply.is_problem(422, "invalid").names(field);
    }
    house.upload(&png, &"é".repeat(500)).await.is(201);
    let whole = Form::of(&png, "An owl").body();
    let cut = whole[..whole.len() - 40].to_vec();
    house.ask(Method::POST, "/v1/images").body(&Form::content_type(), cut).send().await.is_problem(400, "bad_request");
    house.post("/v1/images", &serde_json::json!({ "alt": "x" })).await.is_problem(415, "media_type_unsupported");
    app.stop().await;
}

#[tokio::test]
async fn only_a_key_that_writes_events_uploads_and_only_so_much() {
    let app = App::start().await;
    let png = picture(8, 8);
    let body = || Form::of(&png, "An owl").body();
    let nobody = app.ask(Method::POST, "/v1/images").body(&Form::content_type(), body()).send().await;
    nobody.is_problem(401, "unauthorized");
    let ada = app.buyer("ada").await;
    ada.ask(Method::POST, "/v1/images").body(&Form::content_type(), body()).send().await.is_problem(403, "forbidden");
    let reader = WantedKey { scopes: Some([Scope::EventsRead].into_iter().collect()), ..WantedKey::new(Role::Organiser, "r") };
    let refused = app.with_key(reader).await.upload(&png, "An owl").await.is_problem(403, "forbidden");
    assert_eq!(refused.json()["scope"], "events:write");
    let (_, other) = app.new_organiser("Other").await;
    let mut last = None;
    for n in 0..=100 {
        last = Some(other.upload(&png, &format!("Owl {n}")).await);
    }
    let full = last.expect("asked").is_problem(409, "images_full").json();
    assert_eq!((&full["quota"], &full["limit"], &full["used"]), (&Value::from("images"), &Value::from(100), &Value::from(100)));
    app.organiser().await.upload(&png, "The house's").await.is(201);
    app.stop().await;
}
