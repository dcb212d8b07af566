//! What commands say: lines that are lost without harm where nobody can read them, a full disk or a pipe that was closed.

use std::fmt::Display;
use std::io::Write as _;

/// Says a line on standard output: what the command was asked for.
pub fn out(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Says a line on standard error: how the command gets on.
pub fn aside(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
