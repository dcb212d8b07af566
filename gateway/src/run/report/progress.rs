//! How far a long command has come: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use domain::Stopwatch;
use indicatif::{ProgressBar, ProgressStyle};

use crate::run::say;

/// How often a plain line is written.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// One long piece of work; it writes to standard error.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    watch: Stopwatch,
    said: Duration,
}

impl Progress {
    pub fn begin(what: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg:30} {bar:40} {human_pos}/{human_len} {per_sec} {eta}");
            let bar = ProgressBar::new(0).with_message(what.to_owned());
            style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
        });
        Self { bar, what: what.to_owned(), watch: Stopwatch::start(), said: Duration::ZERO }
    }

    /// Takes     `total`: 0 while it is not known.
    pub fn at(&mut self, done: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total.max(done));
            bar.set_position(done);
        } else if self.watch.elapsed() >= self.said + LINE_EVERY {
            self.said = self.watch.elapsed();
            let share = if total == 0 { String::new() } else { format!(" of {total}") };
            say::aside(format_args!("{}: {done}{share}", self.what));
        }
    }

    /// Ends with a line that stays, such as "20000 events".
    pub fn end(self, result: &str) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        say::aside(format_args!("{}: {result} in {:.1} s", self.what, self.watch.seconds()));
    }
}
