//! The pages that the benchmarks write.

/// One figure: what was measured, what was asked, what was seen.
pub struct Figure {
    pub what: String,
    pub asked: String,
    pub seen: String,
    /// `None`: reported only.
    pub reached: Option<bool>,
}

impl Figure {
    pub fn new(what: &str, asked: &str, seen: String, reached: Option<bool>) -> Self {
        Self { what: what.to_owned(), asked: asked.to_owned(), seen, reached }
    }
}

/// What was played through: its name and its figures.
pub struct Scenario {
    pub name: &'static str,
    pub figures: Vec<Figure>,
}

/// Renders scenarios as a Markdown page under its head.
///
/// Gives     the page, and whether nothing was missed.
pub fn scenarios(head: &str, machine: &str, scenarios: &[Scenario]) -> (String, bool) {
    let mut text = format!("{head}\nMachine: {machine}.\n");
    for Scenario { name, figures } in scenarios {
        text.push_str(&format!("\n## {}\n\n", heading(name)));
        table(&mut text, figures);
    }
    let missed = scenarios.iter().flat_map(|scenario| &scenario.figures).any(|figure| figure.reached == Some(false));
    (text, !missed)
}

fn heading(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Renders all figures as the Markdown page.
pub fn page(machine: &str, figures: &[Figure]) -> String {
    let mut text = format!(
        "# Benchmarks\n\nWritten by `make bench`; baselines in the same run. Holds, cached search and drawings are medians of rounds, ours\n\
         and the baseline's in turns; start and memory are medians of three; reindex is one run; search in process is up\n\
         to 1,200 questions of a kind, made from the titles and places of events of the next twelve months, the fastest of three tries\n\
         each. The machine is shared and noisy: ratios say more than absolute figures.\n\nMachine: {machine}.\n\n"
    );
    table(&mut text, figures);
    text
}

fn table(text: &mut String, figures: &[Figure]) {
    text.push_str("| what | asked | measured | |\n|---|---|---|---|\n");
    for figure in figures {
        let mark = match figure.reached {
            Some(true) => "reached",
            Some(false) => "**missed**",
            None => "reported",
        };
        text.push_str(&format!("| {} | {} | {} | {mark} |\n", figure.what, figure.asked, figure.seen));
    }
}

/// The middle value; of an even number the lower one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_figure_is_said_plainly() {
        let figures = [Figure::new("a", "1", "2".into(), Some(false)), Figure::new("b", "", "3".into(), None)];
        let text = page("a machine", &figures);
        assert!(text.contains("| a | 1 | 2 | **missed** |") && text.contains("| b |  | 3 | reported |"));
    }

    #[test]
    fn a_scenario_says_plainly_what_it_missed() {
        let figures = vec![Figure::new("a", "1", "2".into(), Some(false)), Figure::new("b", "", "3".into(), None)];
        let (text, reached) = scenarios("# A page\n", "a machine", &[Scenario { name: "several shows", figures }]);
        assert!(text.contains("## Several shows\n") && text.contains("| a | 1 | 2 | **missed** |"), "{text}");
        assert!(text.contains("| b |  | 3 | reported |") && !reached, "{text}");
    }

    #[test]
    fn the_median_ignores_one_outlier() {
        assert_eq!(median(vec![1.0, 100.0, 2.0]), 2.0);
    }
}
