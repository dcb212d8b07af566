use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::Command;

use acceptance::{App, Setup};
use reqwest::Method;
use serde_json::Value;
use zip::ZipArchive;

fn openssl(folder: &Path, arguments: &str) -> bool {
    let run = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().expect("openssl");
    if !run.status.success() {
        eprintln!("openssl {arguments}: {}", String::from_utf8_lossy(&run.stderr));
    }
    run.status.success()
}

/// An authority of our own, and a certificate that it gave out for a key of that kind.
fn certificates(folder: &Path, key: &str) {
    let steps = [
        "req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.pem -days 3650 -subj /CN=Authority".to_owned(),
        format!("req -newkey {key} -nodes -keyout pass.key -out pass.csr -subj /UID=pass.example.tickets/CN=Tickets/OU=TEAM123"),
        "x509 -req -in pass.csr -CA authority.pem -CAkey authority.key -CAcreateserial -out pass.pem -days 3650".to_owned(),
        "x509 -in authority.pem -outform DER -out authority.cer".to_owned(),
    ];
    assert!(steps.iter().all(|step| openssl(folder, step)));
}

fn setup(folder: &Path) -> Setup {
    let mut setup = Setup::default();
    let file = |name: &str| folder.join(name).display().to_string();
    let options = [
        format!("--wallet-certificate={}", file("pass.pem")),
        format!("--wallet-key={}", file("pass.key")),
        format!("--wallet-issuer={}", file("authority.cer")),
        "--wallet-pass-type=pass.example.tickets".to_owned(),
        "--wallet-team=TEAM123".to_owned(),
    ];
    setup.options.extend(options.map(|option| &*option.leak()));
    setup
}

fn unpacked(pass: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(pass)).expect("an archive");
    let count = archive.len();
    let mut read = |n| {
        let mut file = archive.by_index(n).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes");
        (file.name().expect("a name").into_owned(), bytes)
    };
    (0..count).map(&mut read).collect()
}

/// Whether the signature is one of the manifest's, by the key of a certificate that the authority gave out.
fn verifies(folder: &Path) -> bool {
    openssl(
        folder,
        "cms -verify -inform DER -in signature -content manifest.json -binary -CAfile authority.pem -purpose any -out checked",
    )
}

async fn is_a_signed_pass(key: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    certificates(folder.path(), key);
    let app = App::with(setup(folder.path())).await;
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    let path = order.str("/tickets/0/links/pkpass");
    let reply = ada.get(&path).await.is(200);
    assert_eq!(reply.header("content-type"), Some("application/vnd.apple.pkpass"));
    assert_eq!(reply.header("cache-control"), Some("private, no-store"));
    let files = unpacked(&reply.body);
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let json = |name: &str| -> Value {
        let (_, bytes) = files.iter().find(|(known, _)| known == name).expect("the file");
        serde_json::from_slice(bytes).expect("JSON")
    };
    let pass = json("pass.json");
    assert_eq!(pass["passTypeIdentifier"], "pass.example.tickets");
    assert_eq!((&pass["teamIdentifier"], &pass["formatVersion"]), (&"TEAM123".into(), &1.into()));
    assert_eq!(pass["barcodes"][0]["message"], order.str("/tickets/0/code"));
    assert_eq!(pass["relevantDate"], "2031-03-10T20:00:00+10:00");
    assert_eq!(pass["eventTicket"]["auxiliaryFields"][2]["value"], "1");
    hashes(folder.path(), &json("manifest.json"), files.len());
    assert!(verifies(folder.path()), "{key}");
    // the control: another manifest is not what was signed
    std::fs::write(folder.path().join("manifest.json"), "{}").expect("written");
    assert!(!verifies(folder.path()), "{key}");
    app.buyer("bob").await.get(&path).await.is_problem(404, "not_found");
    let changed = async |change: Value| -> Value {
        app.organiser().await.patch(&format!("/v1/events/{}", order.str("/event_id")), &change).await.is(200);
        let files = unpacked(&ada.get(&path).await.is(200).body);
        let (_, bytes) = files.iter().find(|(name, _)| name == "pass.json").expect("the pass");
        serde_json::from_slice(bytes).expect("JSON")
    };
    // the phone shows it when people are let in
    let pass = changed(serde_json::json!({ "doors_at": "2031-03-10T09:00:00Z" })).await;
    let doors = &pass["eventTicket"]["auxiliaryFields"][3];
    assert_eq!((&pass["relevantDate"], &doors["label"]), (&"2031-03-10T19:00:00+10:00".into(), &"DOORS".into()));
    assert_eq!((&doors["value"], &doors["dateStyle"]), (&pass["relevantDate"], &"PKDateStyleNone".into()));
    // no hour that nobody said
    let day = serde_json::json!({ "starts_at": "2031-03-09T14:00:00Z", "start_precision": "day", "doors_at": null });
    let pass = changed(day).await;
    assert!(pass.get("relevantDate").is_none(), "{pass}");
    let when = &pass["eventTicket"]["secondaryFields"][1];
    assert_eq!((&when["value"], &when["timeStyle"]), (&"2031-03-10T00:00:00+10:00".into(), &"PKDateStyleNone".into()));
    ada.ask(Method::POST, &format!("/v1/orders/{}/cancel", order.str("/id"))).send().await.is(200);
    ada.get(&path).await.is_problem(409, "conflict");
    app.stop().await;
}

#[tokio::test]
async fn a_ticket_is_a_pass_signed_by_an_rsa_key() {
    is_a_signed_pass("rsa:2048").await;
}

#[tokio::test]
async fn a_ticket_is_a_pass_signed_by_a_key_on_a_curve() {
    is_a_signed_pass("ec -pkeyopt ec_paramgen_curve:P-256").await;
}

/// Every file but the manifest and its signature is in the manifest, with its SHA-1 as openssl makes it.
fn hashes(folder: &Path, manifest: &Value, files: usize) {
    let manifest = manifest.as_object().expect("an object");
    assert_eq!(manifest.len() + 2, files);
    assert!(["pass.json", "icon.png", "icon@2x.png", "logo.png"].iter().all(|name| manifest.contains_key(*name)));
    for (name, hash) in manifest {
        let run = Command::new("openssl").args(["dgst", "-sha1", "-r", name]).current_dir(folder).output().expect("openssl");
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        assert_eq!(told.split(' ').next(), hash.as_str(), "{name}");
    }
}

#[tokio::test]
async fn without_certificates_there_are_no_passes_and_no_links_to_them() {
    let app = App::start().await;
    let ada = app.buyer("ada").await;
    let order = ada.buy(&app.event("owls-1").await, &["stalls-A-1"]).await;
    assert_eq!(order.json()["tickets"][0]["links"].get("pkpass"), None);
    let path = format!("/v1/tickets/{}.pkpass", order.str("/tickets/0/id"));
    let told = ada.get(&path).await.is_problem(404, "not_found");
    assert!(told.str("/detail").contains("wallet"), "{}", told.text());
    app.stop().await;
}
