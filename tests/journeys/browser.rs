//! A browser of the test's own: chromedriver on a free port, a fresh profile, verbs that wait for what they name.

use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use acceptance::App;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions, MouseActions, PointerAction, TouchActions};
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const GLANCE: Duration = Duration::from_millis(40);

/// Which screen the browser has.
#[derive(Debug, Clone, Copy)]
pub enum Screen {
    Desktop,
    /// 390 × 844 with touch.
    Phone,
    /// 320 × 640 with touch: the narrowest screen that counts.
    Narrow,
    /// A desk whose owner likes it dark.
    Night,
    /// A desk whose owner chooses the colours: Windows' contrast themes.
    Forced,
}

/// One browser window.
pub struct Browser {
    client: Client,
    base: String,
    name: &'static str,
    screen: Screen,
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// The tab that is not looked at.
pub struct Away(fantoccini::wd::WindowHandle);

/// The driver's process; it and its browser end with it.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

impl Browser {
    /// Opens a browser on a server; none where Chromium is not installed and nobody insists on it (CI does).
    pub async fn open(app: &App, name: &'static str, screen: Screen) -> Option<Self> {
        let port = free_port();
        let started = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        let driver = match started {
            Ok(child) => Driver(child),
            Err(fault) if fault.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
                eprintln!("skipped: chromedriver is not installed (Debian: chromium chromium-driver)");
                return None;
            }
            Err(fault) => panic!("chromedriver does not start: {fault}"),
        };
        let profile = tempfile::tempdir().expect("a directory");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities(&profile, screen));
        let client = connect(&builder, port).await;
        Some(Self { client, base: app.url(""), name, screen, _driver: driver, _profile: profile })
    }

    /// From now on it goes through another address to the same server.
    pub fn through(mut self, address: std::net::SocketAddr) -> Self {
        self.base = format!("http://{address}");
        self
    }

    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap_or_else(|fault| panic!("{path}: {fault}"));
    }

    pub async fn path(&self) -> String {
        self.client.current_url().await.expect("an address").path().to_owned()
    }

    /// Runs a script that returns something.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|fault| panic!("{script}: {fault}"))
    }

    /// Waits until an expression is true in the page, whichever page that is by then.
    pub async fn holds(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let watch = tokio::time::Instant::now();
        loop {
            // Between two pages there is none to ask.
            if matches!(self.client.execute(&script, Vec::new()).await, Ok(Value::Bool(true))) {
                return;
            }
            if watch.elapsed() > PATIENCE {
                self.shot("failed").await;
                panic!("{}: still not {expression} at {}", self.name, self.path().await);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits until an element is there and can be seen.
    pub async fn see(&self, css: &str) {
        self.holds(&format!("document.querySelector({css:?})?.getClientRects().length")).await;
    }

    pub async fn click(&self, css: &str) {
        self.see(css).await;
        let element = self.client.find(Locator::Css(css)).await.unwrap_or_else(|fault| panic!("{css}: {fault}"));
        element.click().await.unwrap_or_else(|fault| panic!("click {css}: {fault}"));
    }

    pub async fn fill(&self, css: &str, text: &str) {
        self.see(css).await;
        let element = self.client.find(Locator::Css(css)).await.unwrap_or_else(|fault| panic!("{css}: {fault}"));
        element.clear().await.expect("a field");
        element.send_keys(text).await.expect("a field");
    }

    pub async fn text(&self, css: &str) -> String {
        self.see(css).await;
        let text = self.run(&format!("return document.querySelector({css:?}).textContent")).await;
        text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Presses keys one after another, wherever the focus is.
    pub async fn press(&self, keys: &[Key]) {
        for key in keys {
            let value = char::from(*key);
            let typed = KeyActions::new("keyboard".to_owned()).then(KeyAction::Down { value }).then(KeyAction::Up { value });
            self.client.perform_actions(typed).await.expect("a key");
        }
    }

    /// Types into whatever has the focus.
    pub async fn type_in(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(keys).await.expect("keys");
    }

    /// Walks with Tab until the focus is on what the expression says of `it`.
    pub async fn tab_to(&self, expression: &str) {
        let script = format!("const it = document.activeElement; return Boolean(it && ({expression}))");
        for _ in 0..150 {
            self.press(&[Key::Tab]).await;
            if self.run(&script).await == Value::Bool(true) {
                return;
            }
        }
        self.shot("failed").await;
        panic!("{}: Tab never reaches {expression}", self.name);
    }

    /// Waits for the map, and for the seat to stand still on it; then clicks or taps it.
    pub async fn pick(&self, seat: &str) {
        self.map().await;
        let before = self.run("return document.querySelector('#choice [data-list]').children.length").await;
        let _ = self.run(&format!("document.querySelector('#map').scrollIntoView({{ block: 'center' }}); document.querySelector('#picker').showSeat({seat:?})")).await;
        let settled = format!(
            "(() => {{ const box = document.querySelector('#picker'), at = box.where({seat:?}), was = box.seen ?? {{}}; box.seen = at; \
             return at.x === was.x && at.y === was.y && at.pitch === was.pitch; }})()"
        );
        self.holds(&settled).await;
        let at = self.run(&format!("return document.querySelector('#picker').where({seat:?})")).await;
        let number = |name: &str| at[name].as_f64().unwrap_or_else(|| panic!("no {name} of {seat}: {at}"));
        self.touch(number("x"), number("y")).await;
        self.holds(&format!("document.querySelector('#choice [data-list]').children.length > {before}")).await;
    }

    pub async fn touch(&self, x: f64, y: f64) {
        let (x, y) = (x.round(), y.round());
        let to = PointerAction::MoveTo { duration: Some(Duration::ZERO), x, y };
        let (down, up) = (PointerAction::Down { button: 0 }, PointerAction::Up { button: 0 });
        let done = match self.screen {
            Screen::Desktop | Screen::Night | Screen::Forced => {
                self.client.perform_actions(MouseActions::new("mouse".to_owned()).then(to).then(down).then(up)).await
            }
            Screen::Phone | Screen::Narrow => {
                self.client.perform_actions(TouchActions::new("finger".to_owned()).then(to).then(down).then(up)).await
            }
        };
        done.unwrap_or_else(|fault| panic!("({x}, {y}): {fault}"));
    }

    /// Waits for the live map.
    pub async fn map(&self) {
        self.holds("document.querySelector('#picker')?.dataset.ready === 'true'").await;
    }

    /// Opens another tab before this one, as somebody does who locks a phone or reads something else; gives how to come back.
    pub async fn looks_away(&self) -> Away {
        let here = self.client.window().await.expect("a tab");
        let other = self.client.new_window(true).await.expect("another tab").handle;
        self.client.switch_to_window(other).await.expect("there it is");
        Away(here)
    }

    /// Closes the other tab: the first is seen again.
    pub async fn comes_back(&self, Away(here): Away) {
        self.client.close_window().await.expect("closed");
        self.client.switch_to_window(here).await.expect("it is still there");
    }

    /// Keeps a picture of what is in sight.
    pub async fn shot(&self, what: &str) {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&dir).expect("target/screenshots");
        let png = self.client.screenshot().await.expect("a screenshot");
        std::fs::write(dir.join(format!("{}-{what}.png", self.name)), png).expect("a file");
    }

    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

async fn connect(builder: &ClientBuilder<HttpConnector>, port: u16) -> Client {
    let watch = tokio::time::Instant::now();
    loop {
        match builder.connect(&format!("http://127.0.0.1:{port}")).await {
            Ok(client) => return client,
            Err(fault) if watch.elapsed() > PATIENCE => panic!("no session with chromedriver: {fault}"),
            Err(_) => tokio::time::sleep(GLANCE).await,
        }
    }
}

fn capabilities(profile: &tempfile::TempDir, screen: Screen) -> fantoccini::wd::Capabilities {
    let mut args = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let mut options = json!({});
    match screen {
        Screen::Desktop => args.push("--window-size=1280,900".to_owned()),
        Screen::Night => args.extend(["--window-size=1280,900".to_owned(), "--blink-settings=preferredColorScheme=0".to_owned()]),
        Screen::Forced => args.extend(["--window-size=1280,900".to_owned(), "--blink-settings=inForcedColors=true".to_owned()]),
        Screen::Phone | Screen::Narrow => {
            let (width, height) = if matches!(screen, Screen::Phone) { (390, 844) } else { (320, 640) };
            options["mobileEmulation"] =
                json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2.0, "touch": true } });
        }
    }
    options["args"] = json!(args);
    let all = json!({ "goog:chromeOptions": options, "pageLoadStrategy": "normal" });
    all.as_object().expect("an object").clone()
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("its address").port()
}
