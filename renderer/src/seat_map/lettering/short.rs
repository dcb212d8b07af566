//! Short names: what tells blocks apart.

/// What is left of names such as `Block 101` without the word that all have: their numbers.
///
/// Gives     none when a name has no number of its own, or two have the same.
pub fn short_names(names: &[String]) -> Option<Vec<String>> {
    let short = |name: &String| {
        let last = name.rsplit(' ').next().unwrap_or(name);
        let numbered = last.chars().count() <= 5 && last.chars().any(|c| c.is_ascii_digit());
        let letter = last.chars().count() == 1;
        (numbered || letter).then(|| last.to_owned())
    };
    let short: Vec<String> = names.iter().map(short).collect::<Option<_>>()?;
    let mut seen: Vec<&String> = short.iter().collect();
    seen.sort_unstable();
    seen.dedup();
    (seen.len() == short.len()).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shorts(names: &[&str]) -> Option<Vec<String>> {
        short_names(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_stand_for_names_where_they_tell_them_apart() {
        assert_eq!(shorts(&["Block 101", "Block B12", "Block C"]), Some(vec!["101".into(), "B12".into(), "C".into()]));
        assert_eq!(shorts(&["Floor 1", "Upper 1"]), None, "two of the same");
        assert_eq!(shorts(&["Stalls left", "Stalls right"]), None, "words");
    }
}
