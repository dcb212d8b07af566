//! docs/BENCHMARKS-TICKETOVERFLOW.md.

use super::Scenario;

/// Renders what was seen as the Markdown page.
pub fn page(machine: &str, scenarios: &[Scenario]) -> String {
    let mut text = format!(
        "# The TicketOverflow interface, measured\n\nWritten by `make bench-ticketoverflow`: its scenarios over HTTP against `boxoffice serve \
         --facade ticketoverflow`, one after the other on one\ninstallation, server, Postgres and clients on the same machine; each client waits \
         for its answer before it asks again. The run fails where something\nis missed.\n\nMachine: {machine}.\n"
    );
    for Scenario { name, figures } in scenarios {
        text.push_str(&format!("\n## {}\n\n| what | asked | measured | |\n|---|---|---|---|\n", heading(name)));
        for figure in figures {
            let mark = match figure.reached {
                Some(true) => "reached",
                Some(false) => "**missed**",
                None => "reported",
            };
            text.push_str(&format!("| {} | {} | {} | {mark} |\n", figure.what, figure.asked, figure.seen));
        }
    }
    text
}

fn heading(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figure;

    #[test]
    fn a_scenario_says_plainly_what_it_missed() {
        let figures = vec![Figure::new("a", "1", "2".into(), Some(false)), Figure::new("b", "", "3".into(), None)];
        let text = page("a machine", &[Scenario { name: "several shows", figures }]);
        assert!(text.contains("## Several shows\n") && text.contains("| a | 1 | 2 | **missed** |"), "{text}");
        assert!(text.contains("| b |  | 3 | reported |"), "{text}");
    }
}
